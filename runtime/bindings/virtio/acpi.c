/* SPDX-License-Identifier: ISC */
/*
 * virtio: as much ACPI (6.5) as a machine without an interpreter for its language can use: where interrupt controllers,
 * the timer and PCI's configuration space are, switching off, and the power button.
 *
 * Two kinds of machines: with registers at I/O ports (4.8.3), where sleep state 5's value is searched in the bytes of the
 * DSDT, as \_S5 is always a package of numbers; and "hardware-reduced" ones (4.1), such as QEMU's microvm.
 */
#include "virtio.h"

struct __attribute__((packed)) header { /* 5.2.6 */
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum, oem[6], oem_table[8];
    uint32_t oem_revision, creator, creator_revision;
};

struct __attribute__((packed)) address { /* 5.2.3.2 */
    uint8_t space, width, offset, access;
    uint64_t address;
};

enum { SPACE_MEMORY = 0, SPACE_PORT = 1 };

struct __attribute__((packed)) fadt { /* 5.2.9 */
    struct header header;
    uint32_t firmware_control, dsdt;
    uint8_t reserved, profile;
    uint16_t interrupt;
    uint32_t command_port;
    uint8_t acpi_enable, acpi_disable, s4, pstate;
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
    uint8_t pm1_event_length, pm1_control_length, pm2_length, pm_timer_length, gpe0_length, gpe1_length, gpe1_base, cst;
    uint16_t latency_2, latency_3, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day, month, century;
    uint16_t boot_flags;
    uint8_t reserved_2;
    uint32_t flags;
    struct address reset;
    uint8_t reset_value;
    uint16_t arm_flags;
    uint8_t minor;
    uint64_t x_firmware_control, x_dsdt;
    struct address x_registers[8];
    struct address sleep_control, sleep_status;
};

enum { FLAG_RESET = 1 << 10, FLAG_HARDWARE_REDUCED = 1 << 20 };
enum { CONTROL_ACPI = 1, CONTROL_SLEEP = 1 << 13, BUTTON = 1 << 8 };         /* 4.8.3.1, 4.8.3.2 */
enum { REDUCED_SLEEP = 1 << 5, REDUCED_SLEEP_TYPE_SHIFT = 2, REDUCED_OFF = 5 }; /* 4.8.3.7 */

uint64_t acpi_io_apic[4] = {0xfec00000};
uint32_t acpi_io_apic_first[4], acpi_io_apics = 1;
static struct isa_override {
    bool known;
    uint32_t line;
    uint16_t flags;
} overrides[ISA_LINES];

static struct fadt fadt;
static uint64_t configuration_space;
static int sleep_type = -1;
static volatile uint32_t *event_selector; /* of QEMU's generic event device */

/* Maps a whole table; NULL when there is none, or its length is absurd. */
static const struct header *table_at(uint64_t address)
{
    if (!address)
        return NULL;
    const uint32_t length = ((const struct header *)memory_map(address, sizeof(struct header), true))->length;
    return length < sizeof(struct header) || length > 1 << 20 ? NULL : memory_map(address, length, true);
}

static bool is(const struct header *table, const char *signature)
{
    return table && !memcmp(table->signature, signature, 4);
}

/* \_S5: NameOp "_S5_" PackageOp PkgLength NumElements, then the value, as a constant or after BytePrefix (20.2). */
static void find_sleep_type(const struct header *dsdt)
{
    const uint8_t *code = (const void *)dsdt;
    for (uint32_t at = sizeof *dsdt; at + 12 < dsdt->length; at++) {
        if (memcmp(&code[at], "_S5_", 4) || code[at + 4] != 0x12)
            continue;
        const uint8_t *value = &code[at + 5] + (code[at + 5] >> 6) + 2;
        if (value + 1 < code + dsdt->length)
            sleep_type = *value == 0x0a ? value[1] : *value;
        return;
    }
}

static void take_fadt(const struct header *table)
{
    memcpy(&fadt, table, table->length < sizeof fadt ? table->length : sizeof fadt);
    if (table->length < sizeof fadt)
        fadt.flags &= ~(uint32_t)FLAG_HARDWARE_REDUCED;
    const bool extended = table->length >= offsetof(struct fadt, x_registers) && fadt.x_dsdt;
    const struct header *dsdt = table_at(extended ? fadt.x_dsdt : fadt.dsdt);
    if (!dsdt)
        return;
    find_sleep_type(dsdt);
    acpi_devices_find((const void *)dsdt, dsdt->length);
}

/* 5.2.12.3 */
static void take_io_apic(const uint8_t *entry, uint32_t *count)
{
    uint32_t address;
    if (*count == 4)
        return;
    memcpy(&address, entry + 4, sizeof address);
    acpi_io_apic[*count] = address;
    memcpy(&acpi_io_apic_first[(*count)++], entry + 8, sizeof *acpi_io_apic_first);
}

/* 5.2.12.5 */
static void take_override(const uint8_t *entry)
{
    if (entry[3] >= ISA_LINES)
        return;
    struct isa_override *override = &overrides[entry[3]];
    override->known = true;
    memcpy(&override->line, entry + 4, sizeof override->line);
    memcpy(&override->flags, entry + 8, sizeof override->flags);
}

static void take_madt(const struct header *table)
{
    enum { IO_APIC = 1, IO_APIC_LENGTH = 12, OVERRIDE = 2, OVERRIDE_LENGTH = 10 };
    const uint8_t *entry = (const uint8_t *)table + sizeof *table + 8, *end = (const uint8_t *)table + table->length;
    uint32_t count = 0;
    for (; entry + 2 <= end && entry[1] >= 2 && entry[1] <= end - entry; entry += entry[1]) {
        if (entry[0] == IO_APIC && entry[1] >= IO_APIC_LENGTH)
            take_io_apic(entry, &count);
        if (entry[0] == OVERRIDE && entry[1] >= OVERRIDE_LENGTH)
            take_override(entry);
    }
    acpi_io_apics = count ? count : 1;
}

/* What the table does not say is as the bus has it (table 5.26): PCI's lines are active low. */
struct isa_line acpi_isa_line(uint8_t number)
{
    enum { POLARITY = 3, AS_THE_BUS = 0, LOW = 3 };
    const struct isa_override *override = &overrides[number % ISA_LINES];
    const uint16_t polarity = override->flags & POLARITY;
    return (struct isa_line){override->known ? override->line : number, polarity == AS_THE_BUS || polarity == LOW};
}

/* PCI Firmware Specification 3.0, 4.1.2: the first segment's base. */
static void take_mcfg(const struct header *table)
{
    if (table->length >= sizeof *table + 16)
        memcpy(&configuration_space, (const char *)table + sizeof *table + 8, sizeof configuration_space);
}

static void take(uint64_t address)
{
    const struct header *table = table_at(address);
    if (is(table, "FACP"))
        take_fadt(table);
    else if (is(table, "APIC"))
        take_madt(table);
    else if (is(table, "MCFG"))
        take_mcfg(table);
}

static bool port_registers(void)
{
    return fadt.pm1a_control && !(fadt.flags & FLAG_HARDWARE_REDUCED);
}

/* 16.3.1: the firmware hands over its hardware when its command port is told. */
static void enable(void)
{
    enum { PATIENCE = 1000 };
    if (!port_registers() || in16((uint16_t)fadt.pm1a_control) & CONTROL_ACPI || !fadt.command_port || !fadt.acpi_enable)
        return;
    out8((uint16_t)fadt.command_port, fadt.acpi_enable);
    for (int i = 0; i < PATIENCE && !(in16((uint16_t)fadt.pm1a_control) & CONTROL_ACPI); i++)
        __builtin_ia32_pause();
}

void acpi_init(void)
{
    const struct header *root = table_at(boot_info.root_table);
    const uint32_t size = boot_info.root_is_extended ? 8 : 4;
    enum { MOST_TABLES = 64 };
    for (uint32_t i = 0, at = sizeof *root; root && i < MOST_TABLES && at + size <= root->length; i++, at += size) {
        uint64_t address = 0;
        memcpy(&address, (const char *)root + at, size);
        take(address);
    }
    enable();
}

static void write_register(const struct address *where, uint8_t value)
{
    if (where->space == SPACE_PORT)
        out8((uint16_t)where->address, value);
    else if (where->space == SPACE_MEMORY && where->address)
        *(volatile uint8_t *)memory_map(where->address, 1, false) = value;
}

void acpi_power_off(void)
{
    if (fadt.flags & FLAG_HARDWARE_REDUCED)
        write_register(&fadt.sleep_control, REDUCED_OFF << REDUCED_SLEEP_TYPE_SHIFT | REDUCED_SLEEP);
    else if (port_registers() && sleep_type >= 0)
        out16((uint16_t)fadt.pm1a_control, (uint16_t)(CONTROL_ACPI | CONTROL_SLEEP | (sleep_type & 7) << 10));
}

void acpi_reset(void)
{
    if (fadt.flags & FLAG_RESET)
        write_register(&fadt.reset, fadt.reset_value);
}

uint16_t acpi_timer_port(void)
{
    return port_registers() && fadt.pm_timer_length >= 3 ? (uint16_t)fadt.pm_timer : 0;
}

static bool is_qemu(void)
{
    return !memcmp(fadt.header.oem, "BOCHS ", 6) && !memcmp(fadt.header.oem_table, "BXPC", 4);
}

/* QEMU's microvm tells of it only in the language (hw/i386/microvm.c, PCIE_ECAM_BASE). */
uint64_t acpi_configuration_space(void)
{
    const uint64_t microvm = 0xe0000000;
    return !configuration_space && fadt.flags & FLAG_HARDWARE_REDUCED && is_qemu() ? microvm : configuration_space;
}

/* --- The power button -------------------------------------------------------------------------- */

/*
 * A hardware-reduced machine tells events in methods of its language. QEMU's microvm has one device for them, whose
 * registers for sleeping are 0x200 behind the selector of events (hw/acpi/generic_event_device.c, "acpi-ged").
 */
enum { EVENT_LINE = 9, GED_REGISTERS = 0x200, GED_POWER_DOWN = 2 };

uint32_t acpi_interrupt(void)
{
    return port_registers() ? fadt.interrupt : 0;
}

void acpi_watch_button(void)
{
    if (port_registers()) {
        const uint16_t enable_port = (uint16_t)(fadt.pm1a_event + fadt.pm1_event_length / 2U);
        out16((uint16_t)fadt.pm1a_event, BUTTON); /* forget what was before */
        out16(enable_port, BUTTON);
        interrupts_route(acpi_interrupt(), POWER_VECTOR);
    } else if (fadt.flags & FLAG_HARDWARE_REDUCED && is_qemu() && fadt.sleep_control.space == SPACE_MEMORY) {
        event_selector = memory_map(fadt.sleep_control.address - GED_REGISTERS, sizeof *event_selector, false);
        interrupts_route(EVENT_LINE, POWER_VECTOR);
    }
}

/* Reading the selector of microvm's device also clears it. */
bool acpi_button_pressed(void)
{
    if (event_selector)
        return *event_selector & GED_POWER_DOWN;
    if (!port_registers() || !(in16((uint16_t)fadt.pm1a_event) & BUTTON))
        return false;
    out16((uint16_t)fadt.pm1a_event, BUTTON);
    return true;
}
