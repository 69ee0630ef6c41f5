/* SPDX-License-Identifier: ISC */
/*
 * virtio: interrupts, of which the image wants one thing: to leave HLT. They are enabled only while it halts, and what
 * they say is "look again"; so nothing ever runs beside the program.
 *
 * The processor's own controller (Intel SDM volume 3, chapter 10; by MSR where it can be, 10.12) has the timer. Devices
 * reach it by messages (10.11), or through the I/O controller (82093AA data sheet). There a line of one device counts as
 * an edge: whoever is woken quiets the device before looking, so another edge follows. A line that several share stays up
 * while one of them drives it, so it counts as a level: its interrupt ends when all of them were quieted.
 */
#include "level0.h"
#include "virtio.h"

enum { IA32_APIC_BASE = 0x1b, IA32_TSC_DEADLINE = 0x6e0, X2APIC_MSRS = 0x800 };
enum { APIC_ENABLE = 1 << 11, APIC_EXTENDED = 1 << 10 };
enum { CPUID_1_ECX_X2APIC = 1 << 21, CPUID_1_ECX_TSC_DEADLINE = 1 << 24 };

/* Table 10-1: offsets in memory; as MSRs they are one sixteenth. */
enum {
    ID = 0x20,
    TASK_PRIORITY = 0x80,
    END_OF_INTERRUPT = 0xb0,
    SPURIOUS = 0xf0,
    TIMER = 0x320,
    LINT0 = 0x350,
    INITIAL_COUNT = 0x380,
    CURRENT_COUNT = 0x390,
    DIVIDE = 0x3e0,
};

enum { SOFTWARE_ENABLE = 0x100, MASKED = 1 << 16, DEADLINE_MODE = 2 << 17, BY_1 = 0xb, BY_128 = 0xa };

static volatile uint32_t *registers; /* NULL: by MSR */
static bool has_deadline;
static uint64_t count_frequency; /* of the timer, undivided */
static uint64_t armed;           /* the deadline that the timer runs for; 0 when it does not */
static volatile uint64_t came;
static uint64_t shared; /* vectors of lines that count as levels */

static uint32_t read_register(uint32_t at)
{
    return registers ? registers[at / 4] : (uint32_t)rdmsr(X2APIC_MSRS + at / 16);
}

static void write_register(uint32_t at, uint32_t value)
{
    if (registers)
        registers[at / 4] = value;
    else
        wrmsr(X2APIC_MSRS + at / 16, value);
}

static void on_interrupt(uint64_t vector)
{
    came |= 1ULL << vector;
    statistics.interrupts++;
    if (vector == TIMER_VECTOR)
        armed = 0;
    if (vector != SPURIOUS_VECTOR && !(shared >> vector & 1))
        write_register(END_OF_INTERRUPT, 0);
}

/* One end for each that began: they end from the highest down (10.8.5). */
void interrupts_quiet(uint64_t vectors)
{
    for (uint64_t left = vectors & shared; left; left &= left - 1)
        write_register(END_OF_INTERRUPT, 0);
}

/* 8259A: the controllers of the first PCs, which nobody here listens to. */
static void silence_old_controllers(void)
{
    out8(0xa1, 0xff);
    out8(0x21, 0xff);
}

void interrupts_init(void)
{
    level0_init(memory_resolve, on_interrupt);
    silence_old_controllers();
    const uint32_t features = cpuid(1).ecx;
    uint64_t base = rdmsr(IA32_APIC_BASE) | APIC_ENABLE;
    if (features & CPUID_1_ECX_X2APIC || base & APIC_EXTENDED)
        base |= APIC_EXTENDED;
    else
        registers = memory_map(page_down(base & 0xfffffffffffff), PAGE_SIZE, false);
    wrmsr(IA32_APIC_BASE, base);
    write_register(TASK_PRIORITY, 0);
    write_register(LINT0, MASKED);
    write_register(SPURIOUS, SOFTWARE_ENABLE | SPURIOUS_VECTOR);
    has_deadline = features & CPUID_1_ECX_TSC_DEADLINE;
    write_register(TIMER, has_deadline ? DEADLINE_MODE | TIMER_VECTOR : TIMER_VECTOR);
    write_register(DIVIDE, BY_1);
}

static uint32_t own_id(void)
{
    return registers ? read_register(ID) >> 24 : read_register(ID);
}

uint64_t interrupts_message_address(void)
{
    return 0xfee00000 | (uint64_t)own_id() << 12;
}

/* --- Lines ------------------------------------------------------------------------------------ */

enum { VERSION = 1, REDIRECTION = 0x10, ACTIVE_LOW = 1 << 13, LEVEL = 1 << 15 };

static uint32_t io_read(volatile uint32_t *io, uint32_t index)
{
    io[0] = index;
    return io[4];
}

static void io_write(volatile uint32_t *io, uint32_t index, uint32_t value)
{
    io[0] = index;
    io[4] = value;
}

static bool route(uint32_t line, uint32_t entry)
{
    for (uint32_t i = 0; i < acpi_io_apics; i++) {
        volatile uint32_t *io = memory_map(acpi_io_apic[i], 32, false);
        const uint32_t pin = line - acpi_io_apic_first[i], pins = (io_read(io, VERSION) >> 16 & 0xff) + 1;
        if (line < acpi_io_apic_first[i] || pin >= pins)
            continue;
        io_write(io, REDIRECTION + 2 * pin + 1, own_id() << 24);
        io_write(io, REDIRECTION + 2 * pin, entry);
        return true;
    }
    return false;
}

bool interrupts_route(uint32_t line, uint8_t vector)
{
    return route(line, vector);
}

bool interrupts_route_shared(struct isa_line isa, uint8_t vector)
{
    shared |= 1ULL << vector;
    return route(isa.line, vector | LEVEL | (isa.active_low ? ACTIVE_LOW : 0));
}

/* --- The timer -------------------------------------------------------------------------------- */

void local_timer_start(void)
{
    write_register(TIMER, MASKED | TIMER_VECTOR);
    write_register(INITIAL_COUNT, UINT32_MAX);
}

uint32_t local_timer_count(void)
{
    return UINT32_MAX - read_register(CURRENT_COUNT);
}

void local_timer_done(uint64_t frequency)
{
    count_frequency = frequency;
    write_register(INITIAL_COUNT, 0);
    write_register(TIMER, has_deadline ? DEADLINE_MODE | TIMER_VECTOR : TIMER_VECTOR);
}

bool local_timer_needs_frequency(void)
{
    return !has_deadline;
}

/*
 * The frequency was measured in a millisecond, so it is wrong by up to a thousandth: a long wait is armed a little
 * short, and whoever waits looks at the clock and waits again.
 */
static void arm_count(uint64_t nanoseconds)
{
    enum { LONGEST = 400 }; /* seconds that 32 bits hold at 1 GHz, divided by 128 */
    const uint64_t most = LONGEST * 1000000000ULL, wanted = nanoseconds < most ? nanoseconds : most;
    uint64_t count = scale(wanted - wanted / 256, count_frequency, 1000000000);
    static uint32_t divided = BY_1;
    uint32_t divide = BY_1;
    if (count > UINT32_MAX) {
        divide = BY_128;
        count /= 128;
    }
    if (divide != divided)
        write_register(DIVIDE, divided = divide);
    write_register(INITIAL_COUNT, count > UINT32_MAX ? UINT32_MAX : count ? (uint32_t)count : 1);
}

/*
 * Each write of the timer's registers leaves to the host. A server waits for the next frame, again and again, with one
 * deadline; and who is woken early looks at the clock. So a timer that runs for no later moment is left alone.
 */
static void arm(uint64_t deadline)
{
    if (armed && armed <= deadline)
        return;
    armed = deadline;
    if (has_deadline) {
        wrmsr(IA32_TSC_DEADLINE, time_ticks_at(deadline));
        return;
    }
    const uint64_t now = solo5_clock_monotonic();
    arm_count(deadline > now ? deadline - now : 1);
}

/* Interrupts stay away until the instruction after STI has begun: what comes between the look and HLT ends HLT. */
void interrupts_wait(uint64_t deadline)
{
    arm(deadline);
    statistics.waits++;
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

uint64_t interrupts_came(void)
{
    const uint64_t vectors = came;
    came = 0;
    return vectors;
}
