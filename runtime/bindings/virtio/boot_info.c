/* SPDX-License-Identifier: ISC */
/*
 * virtio: what the loader left: command line, memory map, ACPI's root. It lies anywhere below 4 GiB, perhaps where the
 * heap will be, so all of it is copied. A loader is trusted as hardware is; what it left is read with bounds all the same.
 */
#include "virtio.h"

struct boot_info boot_info;

/* --- PVH: xen/include/public/arch-x86/hvm/start_info.h ----------------------------------------- */

enum { PVH_MAGIC = 0x336ec578 };

struct pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; /* from version 1 on */
    uint32_t memory_map_entries, reserved;
};

struct pvh_memory {
    uint64_t address, size;
    uint32_t type, reserved;
};

/* --- Multiboot 2, chapter 3.6 ------------------------------------------------------------------ */

enum { MULTIBOOT2_MAGIC = 0x36d76289, MULTIBOOT2_MOST = 1 << 20 };
enum { TAG_END = 0, TAG_COMMAND_LINE = 1, TAG_MEMORY_MAP = 6, TAG_ACPI_OLD = 14, TAG_ACPI_NEW = 15 };

struct tag {
    uint32_t type, size;
};

struct tag_memory_map {
    struct tag tag;
    uint32_t entry_size, entry_version;
    struct pvh_memory entries[]; /* the same layout as PVH's */
};

enum { MEMORY_RAM = 1, MOST_ENTRIES = 1024 };

/* What is mapped until there are page tables of our own (entry.c). */
#define REACH (1ULL << 32)

/* ACPI 6.5, 5.2.5.3 */
struct __attribute__((packed)) rsdp {
    char signature[8];
    uint8_t checksum, oem[6], revision;
    uint32_t rsdt, length;
    uint64_t xsdt;
};

static void copy_command_line(const char *from)
{
    size_t length = 0;
    while (from[length]) {
        if (length == COMMAND_LINE_SIZE - 1)
            cannot_start("the command line is longer than 8191 characters", "give a shorter one");
        boot_info.command_line[length] = from[length];
        length++;
    }
}

/* Sorted by address, as the heap's parts follow each other. */
static void add_ram(uint64_t start, uint64_t size)
{
    const uint64_t end = start + size < start ? 0 : page_down(start + size);
    start = page_up(start);
    if (boot_info.ram_count == MOST_RANGES || end <= start)
        return;
    uint32_t at = boot_info.ram_count++;
    for (; at && boot_info.ram[at - 1].start > start; at--)
        boot_info.ram[at] = boot_info.ram[at - 1];
    boot_info.ram[at] = (struct range){start, end};
}

/* The octets of its first version add up to 0, so that what only looks like it is passed over. */
static void take_root(const struct rsdp *rsdp)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < offsetof(struct rsdp, length); i++)
        sum = (uint8_t)(sum + ((const uint8_t *)rsdp)[i]);
    if (memcmp(rsdp->signature, "RSD PTR ", 8) || sum)
        return;
    boot_info.root_is_extended = rsdp->revision >= 2 && rsdp->xsdt;
    boot_info.root_table = boot_info.root_is_extended ? rsdp->xsdt : rsdp->rsdt;
}

/* ACPI 6.5, 5.2.5.1: the firmware's read-only memory, and the first kilobyte of its data area. */
static void search_root(uint64_t start, uint64_t end)
{
    for (uint64_t at = start; at < end && !boot_info.root_table; at += 16)
        take_root((const struct rsdp *)at);
}

/* Without type information the compiler takes an address in page zero for a mistake. */
static const void *low(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (const void *)address;
}

static void read_pvh(uint64_t address)
{
    const struct pvh_start_info *info = (const void *)address;
    if (info->magic != PVH_MAGIC || info->version < 1 || !info->memory_map)
        cannot_start("the loader gave no memory map", "use one that knows PVH version 1: QEMU 4.0 or later");
    if (info->memory_map >= REACH || info->command_line >= REACH || info->rsdp >= REACH)
        cannot_start("the loader left its information above 4 GiB", "use one that keeps to PVH: QEMU 4.0 or later");
    const struct pvh_memory *map = (const void *)info->memory_map;
    for (uint32_t i = 0; i < info->memory_map_entries && i < MOST_ENTRIES; i++)
        if (map[i].type == MEMORY_RAM)
            add_ram(map[i].address, map[i].size);
    if (info->rsdp)
        take_root((const void *)info->rsdp);
    if (info->command_line)
        copy_command_line((const void *)info->command_line);
}

static void read_memory_map(const struct tag_memory_map *map)
{
    if (map->tag.size < offsetof(struct tag_memory_map, entries))
        return;
    const uint32_t size = map->tag.size - (uint32_t)offsetof(struct tag_memory_map, entries);
    for (uint32_t at = 0; map->entry_size >= sizeof *map->entries && at + map->entry_size <= size; at += map->entry_size) {
        struct pvh_memory entry;
        memcpy(&entry, (const char *)map->entries + at, sizeof entry);
        if (entry.type == MEMORY_RAM)
            add_ram(entry.address, entry.size);
    }
}

static void read_multiboot2(uint64_t address)
{
    const struct tag *tag = (const void *)(address + 8);
    const uint32_t total = *(const uint32_t *)address;
    const uint64_t end = address + (total < MULTIBOOT2_MOST ? total : MULTIBOOT2_MOST);
    while ((uintptr_t)tag + sizeof *tag <= end && tag->type != TAG_END && tag->size >= sizeof *tag &&
           tag->size <= end - (uintptr_t)tag) {
        if (tag->type == TAG_COMMAND_LINE)
            copy_command_line((const char *)(tag + 1));
        else if (tag->type == TAG_MEMORY_MAP)
            read_memory_map((const void *)tag);
        else if (tag->type == TAG_ACPI_OLD || tag->type == TAG_ACPI_NEW)
            take_root((const void *)(tag + 1));
        tag = (const void *)((uintptr_t)tag + ((tag->size + 7U) & ~7U));
    }
}

void boot_info_read(uint32_t protocol, uint64_t address)
{
    if (protocol == 0)
        read_pvh(address);
    else if (protocol == MULTIBOOT2_MAGIC)
        read_multiboot2(address);
    else
        cannot_start("this is no loader that the image knows", "start it by PVH, as QEMU -kernel does, or by multiboot2 of GRUB");
    if (!boot_info.ram_count)
        cannot_start("the loader says that there is no memory", "use another loader");
    const uint16_t segment = *(const uint16_t *)low(0x40e);
    search_root((uint64_t)segment * 16, (uint64_t)segment * 16 + 1024);
    search_root(0xe0000, 0x100000);
}
