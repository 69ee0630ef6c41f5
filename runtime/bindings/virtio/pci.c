/* SPDX-License-Identifier: ISC */
/* virtio: PCI's configuration space: see pci.h. By ports, which every PC has, or in memory where ACPI says (MCFG). */
#include "pci.h"

#include "virtio.h"

enum { ADDRESS_PORT = 0xcf8, DATA_PORT = 0xcfc };
enum { VENDOR = 0, HEADER_TYPE = 0xe, SECONDARY_BUS = 0x19, STATUS = 6, STATUS_CAPABILITIES = 1 << 4 };
enum { COMMAND_IO = 1, COMMAND_MEMORY = 2, COMMAND_MASTER = 4, COMMAND_NO_LINE = 1 << 10 };
enum { INTERRUPT_LINE = 0x3c, INTERRUPT_PIN = 0x3d };
enum { BAR_IO = 1, BAR_64 = 4, CAPABILITY_MSIX = 0x11, MSIX_ENABLE = 1 << 15, MSIX_MASK_ALL = 1 << 14 };

static bool by_memory;
static volatile uint8_t *memory; /* of one bus */
static uint32_t mapped_bus = UINT32_MAX;

static bool has_ports(void)
{
    out32(ADDRESS_PORT, 1U << 31);
    return in32(ADDRESS_PORT) == 1U << 31 && in32(DATA_PORT) != UINT32_MAX;
}

static volatile uint8_t *register_at(pci_function function, uint32_t at)
{
    if (function >> 20 != mapped_bus) {
        mapped_bus = function >> 20;
        memory = memory_map(acpi_configuration_space() + ((uint64_t)mapped_bus << 20), 1 << 20, false);
    }
    return memory + (function & 0xfffff) + at;
}

static uint16_t select(pci_function function, uint32_t at)
{
    out32(ADDRESS_PORT, 1U << 31 | function >> 4 | (at & 0xfc));
    return (uint16_t)(DATA_PORT + (at & 3));
}

static uint32_t read_word(pci_function function, uint32_t at)
{
    return by_memory ? *(volatile uint32_t *)register_at(function, at) : in32(select(function, at));
}

/* Each access leaves to the host: so what a function answered is kept, until the next one or a write. */
static struct {
    pci_function function;
    uint64_t known; /* a bit for each word */
    uint32_t words[64];
} answers;

uint32_t pci_read(pci_function function, uint32_t at, uint32_t width)
{
    const uint32_t word = at / 4 % 64, shift = 8 * (at & 3);
    if (answers.function != function)
        answers.known = 0;
    if (!(answers.known >> word & 1))
        answers.words[word] = read_word(function, 4 * word);
    answers.function = function;
    answers.known |= 1ULL << word;
    return (uint32_t)(answers.words[word] >> shift & ((1ULL << 8 * width) - 1));
}

void pci_write(pci_function function, uint32_t at, uint32_t width, uint32_t value)
{
    answers.known = 0;
    if (by_memory) {
        volatile uint8_t *to = register_at(function, at);
        if (width == 2)
            *(volatile uint16_t *)to = (uint16_t)value;
        else
            *(volatile uint32_t *)to = value;
        return;
    }
    const uint16_t port = select(function, at);
    if (width == 2)
        out16(port, (uint16_t)value);
    else
        out32(port, value);
}

/* Nobody answers with ones, or with zeros where QEMU has no memory. */
static bool is_there(pci_function function)
{
    const uint32_t vendor = pci_read(function, VENDOR, 2);
    return vendor && vendor != 0xffff;
}

bool pci_init(void)
{
    if (has_ports())
        return true;
    by_memory = acpi_configuration_space();
    return by_memory && is_there(0);
}

/* --- Base addresses (6.2.5) -------------------------------------------------------------------- */

static bool is_64(uint32_t low)
{
    return (low & 7) == BAR_64;
}

static uint64_t bar_size(pci_function function, uint32_t at, uint32_t low)
{
    pci_write(function, at, 4, UINT32_MAX);
    uint64_t mask = pci_read(function, at, 4) & ~15U;
    pci_write(function, at, 4, low);
    if (!is_64(low))
        return -(uint32_t)mask;
    const uint32_t high = pci_read(function, at + 4, 4);
    pci_write(function, at + 4, 4, UINT32_MAX);
    mask |= (uint64_t)pci_read(function, at + 4, 4) << 32;
    pci_write(function, at + 4, 4, high);
    return -mask;
}

/*
 * Where no firmware gave addresses, the space behind 3 GiB is free, if RAM does not reach so far: that is where
 * QEMU's microvm and Firecracker have their windows.
 */
static uint32_t assign(pci_function function, uint32_t at, uint32_t low)
{
    static uint64_t next = 0xc0000000;
    const uint64_t size = bar_size(function, at, low), address = (next + size - 1) & -size;
    if (!size || address + size > 0xe0000000)
        cannot_start("a PCI device has no address", "start the machine with a firmware that gives it one");
    next = address + size;
    pci_write(function, at, 4, (uint32_t)address | (low & 15));
    if (is_64(low))
        pci_write(function, at + 4, 4, 0);
    return (uint32_t)address;
}

volatile void *pci_map(pci_function function, uint32_t bar, uint32_t offset, uint32_t size)
{
    enum { LAST = 5 };
    const uint32_t at = PCI_BARS + 4 * bar, low = bar <= LAST ? pci_read(function, at, 4) : BAR_IO;
    if (low & BAR_IO || (is_64(low) && bar == LAST))
        return NULL;
    uint64_t address = low & ~15U;
    if (is_64(low))
        address |= (uint64_t)pci_read(function, at + 4, 4) << 32;
    if (!address)
        address = assign(function, at, low);
    pci_write(function, PCI_COMMAND, 2, pci_read(function, PCI_COMMAND, 2) | COMMAND_MEMORY | COMMAND_MASTER);
    return memory_map(address + offset, size, false);
}

uint16_t pci_port(pci_function function, uint32_t bar)
{
    const uint32_t value = pci_read(function, PCI_BARS + 4 * bar, 4);
    if (!(value & BAR_IO))
        return 0;
    pci_write(function, PCI_COMMAND, 2, pci_read(function, PCI_COMMAND, 2) | COMMAND_IO | COMMAND_MASTER);
    return (uint16_t)(value & 0xfffc);
}

/* --- Capabilities (6.7, 6.8.2) ------------------------------------------------------------------ */

/* The list is the device's: where it is a ring, it ends with the last that was not seen before. */
uint32_t pci_capability(pci_function function, uint32_t identifier, uint32_t after)
{
    if (!(pci_read(function, STATUS, 2) & STATUS_CAPABILITIES))
        return 0;
    bool behind = !after;
    uint64_t seen = 0; /* a bit for each word */
    uint32_t at = pci_read(function, PCI_CAPABILITIES, 1) & 0xfc;
    while (at >= 0x40 && !(seen >> at / 4 & 1)) {
        if (behind && pci_read(function, at, 1) == identifier)
            return at;
        behind |= at == after;
        seen |= 1ULL << at / 4;
        at = pci_read(function, at + 1, 1) & 0xfc;
    }
    return 0;
}

bool pci_messages(pci_function function, uint8_t vector)
{
    const uint32_t at = pci_capability(function, CAPABILITY_MSIX, 0);
    if (!at)
        return false;
    const uint32_t table = pci_read(function, at + 4, 4);
    volatile uint32_t *entry = pci_map(function, table & 7, table & ~7U, 16);
    if (!entry)
        return false;
    const uint64_t address = interrupts_message_address();
    entry[0] = (uint32_t)address;
    entry[1] = (uint32_t)(address >> 32);
    entry[2] = vector;
    entry[3] = 0;
    const uint32_t control = pci_read(function, at + 2, 2);
    pci_write(function, at + 2, 2, (control | MSIX_ENABLE) & ~(uint32_t)MSIX_MASK_ALL);
    return true;
}

/* --- Lines (6.2.4, 6.2.2) ----------------------------------------------------------------------- */

/* On PCs the firmware writes the number of the interrupt that the line was led to; 255 and 0 mean none. */
uint8_t pci_line(pci_function function)
{
    const uint32_t line = pci_read(function, INTERRUPT_LINE, 1);
    if (!pci_read(function, INTERRUPT_PIN, 1) || line >= ISA_LINES)
        return 0;
    pci_write(function, PCI_COMMAND, 2, pci_read(function, PCI_COMMAND, 2) & ~(uint32_t)COMMAND_NO_LINE);
    return (uint8_t)line;
}

void pci_silence(pci_function function)
{
    pci_write(function, PCI_COMMAND, 2, pci_read(function, PCI_COMMAND, 2) | COMMAND_NO_LINE);
}

/* --- Who is there ------------------------------------------------------------------------------- */

static void scan_bus(uint32_t bus, uint32_t depth, void (*found)(pci_function function))
{
    enum { MULTIPLE = 0x80, BRIDGE = 1, DEEPEST = 8 };
    for (uint32_t slot = 0; slot < 32; slot++) {
        uint32_t functions = 1;
        for (uint32_t number = 0; number < functions; number++) {
            const pci_function function = bus << 20 | slot << 15 | number << 12;
            if (!is_there(function))
                continue;
            const uint32_t header = pci_read(function, HEADER_TYPE, 1);
            if (header & MULTIPLE)
                functions = 8;
            if ((header & 0x7f) == BRIDGE && depth < DEEPEST) {
                const uint32_t behind = pci_read(function, SECONDARY_BUS, 1);
                if (behind > bus)
                    scan_bus(behind, depth + 1, found);
            } else {
                found(function);
            }
        }
    }
}

void pci_each(void (*found)(pci_function function))
{
    scan_bus(0, 0, found);
}
