/* SPDX-License-Identifier: ISC */
/*
 * What an image reads to find out where it is, against machines that say anything: the loader's information (PVH and
 * Multiboot 2), the command line, ACPI's tables, PCI's configuration space with its capabilities and addresses, and
 * registers in memory. Under the sanitizers: tables are read within their lengths, lists end, and what cannot be is a named
 * error.
 *
 *   discovery_fuzz SEED CASES
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "machine.h"
#include "transport.h"

void boot_info_read_host(bool multiboot, uint64_t address);

static struct {
    uint64_t memory, roots, words, pci, found, lines, told;
} counted;

/* --- Physical memory: at its own address, and much longer than what is written into it ----------- */

enum { RAM = 0x10000000, RAM_SIZE = 0x40000000, USED = 0x4000 };

static uint8_t *const ram = (uint8_t *)RAM;
static uint32_t used;

static uint64_t put(const void *content, uint32_t size)
{
    const uint32_t at = used = (used + 7) & ~7U;
    assert(used + size <= USED);
    memcpy(&ram[at], content, size);
    used += size;
    return RAM + at;
}

/* Somewhere in it, or nowhere. */
static uint64_t address_by_chance(void)
{
    return rarely() ? (uint64_t)any(UINT32_MAX) << 32 | any(UINT32_MAX) : RAM + any(USED);
}

static void spoil(uint64_t start, uint32_t size)
{
    for (unsigned i = any(6); i; i--)
        ram[start - RAM + any(size)] = (uint8_t)(any(2) ? any(256) : any(2) * 255);
}

/* A table is copied, to its octet; registers are whatever they are. */
void *memory_map(uint64_t physical, uint64_t size, bool cached)
{
    uint8_t *memory = machine_memory(size);
    if (cached) {
        const uint64_t left = physical >= RAM && physical < RAM + RAM_SIZE ? RAM + RAM_SIZE - physical : 0;
        memset(memory, 0xff, size);
        memcpy(memory, (const void *)(uintptr_t)physical, size < left ? size : left);
        return memory;
    }
    for (uint64_t i = 0; i < size && i < 0x200; i++)
        memory[i] = (uint8_t)(any(3) ? 0 : any(256));
    if (size >= 0x100 && any(8)) { /* a device of virtio */
        memcpy(memory, "virt", 4);
        memory[4] = (uint8_t)(1 + any(2));
        memory[8] = (uint8_t)any(6);
        memset(&memory[5], 0, 3);
        memset(&memory[9], 0, 3);
    }
    return memory;
}

void *memory_take(uint64_t size)
{
    return machine_memory(size);
}

/* --- Ports: PCI's, and nothing else ------------------------------------------------------------- */

enum { FUNCTIONS = 8 };

static uint8_t configuration[FUNCTIONS][256];
static uint32_t selected, accesses;
static bool has_pci;

static uint8_t *configured(void)
{
    const uint32_t slot = selected >> 11 & 31, function = selected >> 8 & 7;
    return has_pci && !function && slot < FUNCTIONS ? &configuration[slot][selected & 0xfc] : NULL;
}

void out8(uint16_t port, uint8_t value)
{
    (void)port, (void)value;
}

void out16(uint16_t port, uint16_t value)
{
    uint8_t *at = (port & ~2) == 0xcfc ? configured() : NULL;
    if (at)
        memcpy(at + (port & 2), &value, sizeof value);
}

void out32(uint16_t port, uint32_t value)
{
    if (port == 0xcf8)
        selected = value;
    uint8_t *at = port == 0xcfc ? configured() : NULL;
    if (!at)
        return;
    /* The lowest bits of a base address do not change, and the size is in those that stay 0. */
    const uint32_t low = selected & 0xfc, is_base = low >= 0x10 && low < 0x28;
    value = is_base ? (value & ~0xfffU) | (*at & 15) : value;
    memcpy(at, &value, sizeof value);
}

uint8_t in8(uint16_t port)
{
    return (uint8_t)(port == 0x61 ? any(256) : 0xff);
}

uint16_t in16(uint16_t port)
{
    return (uint16_t)(port ^ any(65536));
}

uint32_t in32(uint16_t port)
{
    uint32_t value = UINT32_MAX;
    assert(++accesses < 200000); /* a list that has no end is left */
    if (port == 0xcf8)
        return has_pci ? selected : UINT32_MAX;
    const uint8_t *at = port == 0xcfc ? configured() : NULL;
    if (at)
        memcpy(&value, at, sizeof value);
    return value;
}

/* A virtio function whose capabilities are those of a good one, before some octets change. */
static void make_function(uint8_t *space)
{
    static const uint8_t kinds[] = {1, 2, 3, 4};
    memset(space, 0, 256);
    const uint16_t vendor = any(8) ? 0x1af4 : (uint16_t)any(65536);
    const uint16_t device = (uint16_t)(any(2) ? 0x1040 + any(8) : 0x1000 + any(8));
    memcpy(space, &vendor, 2);
    memcpy(space + 2, &device, 2);
    space[6] = 0x10;
    space[0xe] = (uint8_t)(any(8) ? 0 : any(256));
    space[0x19] = (uint8_t)any(4);
    space[0x2e] = (uint8_t)any(8);
    space[0x3c] = (uint8_t)(any(4) ? any(20) : any(256));
    space[0x3d] = (uint8_t)any(5);
    for (unsigned bar = 0; bar < 6; bar++) {
        const uint32_t value = any(4) ? any(0xffff) << 16 | (any(2) ? 4 : any(16)) : any(2);
        memcpy(space + 0x10 + 4 * bar, &value, 4);
    }
    uint8_t at = 0x40, *link = &space[0x34];
    for (unsigned i = 0; i < 5; i++) {
        const uint32_t offset = any(8) ? any(8) << 12 : any(UINT32_MAX), length = any(8) ? 0x1000 : any(100);
        *link = at;
        space[at] = i < 4 ? 9 : 0x11;
        link = &space[at + 1];
        space[at + 2] = 20;
        space[at + 3] = i < 4 ? kinds[i] : 0;
        space[at + 4] = (uint8_t)(any(8) ? any(3) * 2 : any(256));
        memcpy(&space[at + 8], &offset, 4);
        memcpy(&space[at + 12], &length, 4);
        at = (uint8_t)(at + 20);
    }
    for (unsigned i = any(2) * any(6); i; i--)
        space[any(2) ? 0x34 + any(256 - 0x34) : any(256)] = (uint8_t)(any(2) ? any(256) : any(64) * 4);
}

/* --- The rest of a machine ---------------------------------------------------------------------- */

bool interrupts_route(uint32_t line, uint8_t vector)
{
    assert(vector < 64);
    return line < 24;
}

bool interrupts_route_shared(struct isa_line isa, uint8_t vector)
{
    counted.lines++;
    return interrupts_route(isa.line, vector);
}

void interrupts_quiet(uint64_t vectors)
{
    (void)vectors;
}

void solo5_console_write(const char *buf, size_t size)
{
    assert(size && buf[size - 1] == '\n');
    counted.told++;
}

uint64_t interrupts_message_address(void)
{
    return 0xfee00000;
}

void interrupts_wait(uint64_t deadline)
{
    machine_clock = deadline;
}

uint64_t interrupts_came(void)
{
    return 0;
}

/* --- Cases -------------------------------------------------------------------------------------- */

static void any_octets(uint8_t *to, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        to[i] = (uint8_t)any(256);
}

static uint8_t balance(const uint8_t *octets, uint32_t size)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + octets[i]);
    return (uint8_t)-sum;
}

static uint64_t put_table(const char *signature, const uint8_t *body, uint32_t size)
{
    uint8_t table[2048] = {0};
    const uint32_t length = 36 + size;
    assert(length <= sizeof table);
    memcpy(table, signature, 4);
    memcpy(table + 4, &length, 4);
    memcpy(table + 10, "BOCHS BXPC    ", 14);
    memcpy(table + 36, body, size);
    const uint64_t at = put(table, length);
    if (any(2))
        spoil(at, length);
    return at;
}

static uint64_t put_root(void)
{
    uint8_t body[512] = {0}, code[256] = {0}, entries[8 * 20];
    any_octets(code, sizeof code);
    memcpy(&code[any(150)], "LNRO0005", 8);
    memcpy(&code[any(150)], "\x86\x09\x00\x01\x00\x00\x0d\x00\x00\x10\x00\x00\x89\x06\x00\x03\x01\x05\x00\x00\x00", 21);
    memcpy(&code[any(240)], "_S5_\x12\x06\x04\x0a\x05", 9);
    const uint64_t dsdt = put_table("DSDT", code, any(sizeof code));
    if (any(2))
        any_octets(body, 240);
    memcpy(&body[140 - 36], &dsdt, 8);
    memcpy(&body[40 - 36], &dsdt, 4);
    const uint64_t fadt = put_table("FACP", body, any(4) ? 232 : any(240));
    any_octets(body, sizeof body);
    for (uint32_t at = 8; at < 100; at += 12)
        memcpy(&body[at], any(2) ? "\1\14" : "\2\14", 2);
    const uint64_t madt = put_table("APIC", body, any(120)), mcfg = put_table("MCFG", body, any(40));
    const uint64_t tables[] = {fadt, madt, mcfg, address_by_chance()};
    const bool extended = any(2);
    const uint32_t count = any(20), size = extended ? 8 : 4;
    for (uint32_t i = 0; i < count; i++)
        memcpy(&entries[i * size], &tables[any(4)], size);
    const uint64_t root = put_table(extended ? "XSDT" : "RSDT", entries, count * size);
    uint8_t pointer[36] = "RSD PTR ";
    pointer[15] = extended ? 2 : 0;
    memcpy(&pointer[16], &root, 4);
    memcpy(&pointer[24], &root, 8);
    pointer[8] = balance(pointer, 20);
    const uint64_t at = put(pointer, sizeof pointer);
    if (rarely())
        spoil(at, sizeof pointer);
    return at;
}

static uint64_t put_memory_map(uint32_t *count)
{
    uint8_t map[40 * 24];
    *count = any(4) ? 1 + any(8) : any(40);
    any_octets(map, sizeof map);
    for (uint32_t i = 0; i < *count; i++) {
        const uint64_t start = (uint64_t)any(1 << 20) << 12, size = (uint64_t)any(1 << 16) << any(20);
        const uint32_t type = 1 + any(2);
        if (any(8)) {
            memcpy(&map[24 * i], &start, 8);
            memcpy(&map[24 * i + 8], &size, 8);
        }
        memcpy(&map[24 * i + 16], &type, 4);
    }
    return put(map, 24 * *count);
}

static uint64_t put_command_line(void)
{
    static const char *const pieces[] = {"virtio_mmio.device=", "4K@0x", "d0000000", ":", "5", " ", " ", "'", "\"", "\\",
                                         "console=", "ttyS0", "hvc0", "pci=off", "--port=80", "\t", "4294967296", "g"};
    char line[512] = "";
    size_t length = 0;
    for (unsigned i = any(40); i; i--) {
        const char *piece = pieces[any(sizeof pieces / sizeof *pieces)];
        while (*piece && length < sizeof line - 1)
            line[length++] = *piece++;
    }
    return put(line, (uint32_t)length + 1);
}

static void read_by_pvh(void)
{
    uint32_t entries;
    const uint64_t line = put_command_line(), root = put_root(), map = put_memory_map(&entries);
    struct {
        uint32_t magic, version, flags, modules;
        uint64_t module_list, line, root, map;
        uint32_t entries, reserved;
    } info = {0x336ec578, 1, 0, 0, 0, line, root, map, entries, 0};
    if (rarely())
        info.map = address_by_chance() & ~7ULL;
    if (rarely())
        info.line = address_by_chance();
    if (rarely())
        info.root = address_by_chance();
    if (rarely())
        info.entries = any(UINT32_MAX);
    boot_info_read_host(false, put(&info, sizeof info));
}

static void read_by_multiboot(void)
{
    uint8_t content[1024] = {0};
    uint32_t at = 8, entries;
    const uint64_t root = put_root(), line = put_command_line(), map = put_memory_map(&entries);
    const struct {
        uint32_t kind;
        const void *from;
        uint32_t size;
    } tags[] = {{1, (const void *)line, (uint32_t)strlen((const char *)line) + 1},
                {6, (const void *)map, 24 * (entries < 8 ? entries : 8)},
                {15, (const void *)root, 36}};
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t before = tags[i].kind == 6 ? 16 : 8, size = before + tags[i].size, entry_size = 24;
        memcpy(&content[at], &tags[i].kind, 4);
        memcpy(&content[at + 4], &size, 4);
        if (tags[i].kind == 6)
            memcpy(&content[at + 8], &entry_size, 4);
        memcpy(&content[at + before], tags[i].from, tags[i].size);
        at += (size + 7) & ~7U;
    }
    const uint32_t total = at + 8;
    memcpy(&content[at + 4], "\x08", 1);
    memcpy(content, &total, 4);
    const uint64_t start = put(content, total);
    if (any(2))
        spoil(start, total);
    boot_info_read_host(true, start);
}

/* Whatever was found is spoken to as drivers do. */
static void speak_to(struct transport *transport)
{
    struct queue queue;
    counted.found++;
    transport_negotiate(transport, UINT64_MAX);
    for (uint16_t number = 0; number < 2; number++) {
        const uint16_t size = transport_queue_size(transport, number, 256);
        transport_queue(transport, number, size, memory_take(queue_memory(size)), &queue);
        assert(queue.size && queue.size <= QUEUE_LARGEST);
        transport->kind->kick(transport, number);
    }
    transport_start(transport);
    for (uint32_t at = 0; at < 60; at += 4)
        transport_read32(transport, at);
    if (transport->kind->quiet)
        transport->kind->quiet(transport);
    assert(!transport->line || !transport->polled);
}

static void one_case(void)
{
    memset(ram, 0, USED);
    used = accesses = 0;
    has_pci = any(4);
    if (any(2))
        read_by_pvh();
    else
        read_by_multiboot();
    counted.memory += boot_info.ram_count > 0;
    counted.roots += boot_info.root_table != 0;
    for (uint32_t i = 0; i < boot_info.ram_count; i++) {
        assert(boot_info.ram[i].start < boot_info.ram[i].end);
        assert(!i || boot_info.ram[i - 1].start <= boot_info.ram[i].start);
    }
    command_line_take_words();
    assert(memchr(boot_info.command_line, 0, sizeof boot_info.command_line));
    acpi_init();
    counted.words += machine_words.mmio_count > 0;
    assert(acpi_io_apics >= 1 && acpi_io_apics <= 4);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        if (any(2))
            make_function(configuration[i]);
        else
            memset(configuration[i], 0xff, sizeof configuration[i]);
    }
    pci_scan();
    counted.pci += transport_count > 0;
    mmio_scan();
    transport_tell_polled();
    assert(transport_count <= MOST_TRANSPORTS);
    for (uint32_t i = 0; i < transport_count; i++)
        speak_to(&transports[i]);
    acpi_watch_button();
    acpi_button_pressed();
    acpi_reset();
    acpi_power_off();
}

static void tell(void)
{
    printf(", %lu memory maps, %lu roots, %lu with words, %lu with PCI, %lu devices, %lu lines, %lu told\n", counted.memory,
           counted.roots, counted.words, counted.pci, counted.found, counted.lines, counted.told);
}

int main(int count, char **arguments)
{
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    if (mmap(ram, RAM_SIZE, PROT_READ | PROT_WRITE, kind, -1, 0) != ram)
        return 2;
    return machine_cases(count, arguments, one_case, tell);
}
