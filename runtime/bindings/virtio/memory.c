/* SPDX-License-Identifier: ISC */
/*
 * virtio: memory. The image lies where it was linked and every address is its own physical address, with two exceptions:
 *
 *   heap     begins behind the image and goes on where RAM goes on: a hole, such as the one below 4 GiB that PCI's
 *            devices have, is left out, so that the heap is one piece
 *   devices  at 512 GiB: registers and firmware's tables, as they are asked for
 *
 * Pages are read-only, or executable, or writable, as the image's program headers say (Intel SDM volume 3, 4.6). Page
 * zero and the stack's guard are not there.
 *
 * The contract wants a zeroed heap, but firmware has been in this memory; zeroing all of it would take long, and cost
 * the host every page. So a page of the heap appears, zeroed, when it is first touched, with its neighbours.
 */
#include "level0.h"
#include "segments.h"
#include "virtio.h"

#define PRESENT (1ULL << 0)
#define WRITABLE (1ULL << 1)
#define WRITE_THROUGH (1ULL << 3)
#define UNCACHED (1ULL << 4)
#define NO_EXECUTE (1ULL << 63)
#define ADDRESS 0x000ffffffffff000ULL

#define DEVICES (1ULL << 39)
#define CLUSTER (16 * PAGE_SIZE) /* what one fault fills */

enum { ENTRIES = 512, SPARE_TABLES = 24, ERROR_PRESENT = 1 };

/* RAM behind the image, and where in the heap it appears; last what is left of the hole in the image. */
static struct part {
    uint64_t virtual, physical, size;
} parts[MOST_RANGES + 1];
static uint32_t part_count;

/* Where a cold image has bytecode, one from memory has megabytes of nothing: for page tables and devices, first. */
static struct range hole;

static uint64_t *root;               /* the table of level 4 */
static uint64_t tables, tables_end;  /* pages for tables that are not used yet */
static uint64_t heap_start, heap_end;
static uint64_t devices_next = DEVICES;

static uint64_t *new_table(void)
{
    if (tables == tables_end)
        fatal("no memory left for page tables");
    uint64_t *table = (uint64_t *)tables;
    tables += PAGE_SIZE;
    zero_octets(table, PAGE_SIZE);
    return table;
}

/* The entry of level 1 for an address. */
static uint64_t *entry_for(uint64_t address)
{
    uint64_t *table = root;
    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *entry = &table[address >> shift & (ENTRIES - 1)];
        if (!*entry)
            *entry = (uint64_t)new_table() | PRESENT | WRITABLE;
        table = (uint64_t *)(*entry & ADDRESS);
    }
    return &table[address >> 12 & (ENTRIES - 1)];
}

static void map(uint64_t address, uint64_t physical, uint64_t size, uint64_t flags)
{
    for (uint64_t at = 0; at < size; at += PAGE_SIZE)
        *entry_for(address + at) = (physical + at) | PRESENT | flags;
}

/* Saved memory may follow the stack, and names of functions. */
static uint64_t image_end(void)
{
    uint64_t end = (uintptr_t)__image_end;
    for (int i = 0; i < segment_count(); i++) {
        const Elf64_Phdr *segment = &segments()[i];
        if (segment->p_type == PT_LOAD && segment->p_vaddr + segment->p_memsz > end)
            end = segment->p_vaddr + segment->p_memsz;
    }
    return page_up(end);
}

static void map_image(void)
{
    for (int i = 0; i < segment_count(); i++) {
        const Elf64_Phdr *segment = &segments()[i];
        if (segment->p_type != PT_LOAD || !segment->p_flags || !segment->p_memsz)
            continue;
        const uint64_t start = page_down(segment->p_vaddr), end = page_up(segment->p_vaddr + segment->p_memsz);
        map(start, start, end - start,
            (segment->p_flags & PF_W ? WRITABLE : 0) | (segment->p_flags & PF_X ? 0 : NO_EXECUTE));
    }
}

static bool is_ram(const struct range *range)
{
    for (uint32_t i = 0; i < boot_info.ram_count; i++)
        if (boot_info.ram[i].start <= range->start && range->end <= boot_info.ram[i].end)
            return true;
    return false;
}

/* The largest between two segments. */
static void find_hole(void)
{
    uint64_t end = 0;
    for (int i = 0; i < segment_count(); i++) {
        const Elf64_Phdr *segment = &segments()[i];
        if (segment->p_type != PT_LOAD || !segment->p_memsz)
            continue;
        const struct range between = {end, page_down(segment->p_vaddr)};
        if (end && between.end > end && between.end - end > hole.end - hole.start && is_ram(&between))
            hole = between;
        end = page_up(segment->p_vaddr + segment->p_memsz);
    }
}

static void add_part(uint64_t start, uint64_t end)
{
    parts[part_count++] = (struct part){heap_end, start, end - start};
    heap_end += end - start;
}

/* What is behind the image, in the order of addresses; what a map has twice counts once. The heap ends before the devices. */
static void find_parts(void)
{
    const uint64_t behind = image_end();
    uint64_t seen = behind;
    heap_start = heap_end = behind;
    for (uint32_t i = 0; i < boot_info.ram_count; i++) {
        struct range ram = boot_info.ram[i];
        if (ram.start < seen)
            ram.start = seen;
        if (ram.end > ram.start && ram.end - ram.start > DEVICES - heap_end)
            ram.end = ram.start + DEVICES - heap_end;
        if (ram.end <= ram.start)
            continue;
        seen = ram.end;
        add_part(ram.start, ram.end);
    }
    if (!part_count || parts[0].physical != behind)
        cannot_start("not enough memory for the image", "give it more: QEMU's -m");
}

/* One table for 2 MiB of what can be mapped, and some for the levels above and for devices. */
static void reserve_tables(void)
{
    const uint64_t count = (heap_end >> 21) + (heap_end >> 30) + SPARE_TABLES, size = count * PAGE_SIZE;
    uint64_t *from = hole.end - hole.start >= size ? &hole.start : &heap_start;
    if (from == &heap_start && parts[0].size < size + CLUSTER)
        cannot_start("not enough memory for page tables", "give it more: QEMU's -m");
    tables = *from;
    tables_end = tables + size;
    *from = tables_end;
}

void memory_init(void)
{
    find_parts();
    find_hole();
    reserve_tables();
    const uint64_t first = tables, size = tables_end - tables;
    root = new_table();
    map_image();
    map(first, first, size, WRITABLE | NO_EXECUTE);
    write_cr3((uint64_t)root);
}

static const struct part *part_of(uint64_t address)
{
    for (uint32_t i = 0; i < part_count; i++)
        if (address - parts[i].virtual < parts[i].size)
            return &parts[i];
    return NULL;
}

static void fill_page(uint64_t address)
{
    uint64_t *entry = entry_for(address);
    if (*entry)
        return;
    const struct part *part = part_of(address);
    const uint64_t physical = part ? address - part->virtual + part->physical : address;
    *entry = physical | PRESENT | WRITABLE | NO_EXECUTE;
    zero_octets((void *)address, PAGE_SIZE);
}

bool memory_resolve(const struct trap *trap, uint64_t address)
{
    if (trap->error_code & ERROR_PRESENT || address < heap_start || address >= heap_end)
        return false;
    const uint64_t start = address & ~(CLUSTER - 1), end = start + CLUSTER;
    for (uint64_t at = start < heap_start ? heap_start : start; at < end && at < heap_end; at += PAGE_SIZE)
        fill_page(at);
    translations_worked();
    return true;
}

void *memory_take(uint64_t size)
{
    uint64_t *from = hole.end - hole.start >= page_up(size) ? &hole.start : &heap_start;
    const uint64_t at = *from, end = at + page_up(size);
    if (from == &heap_start && end > parts[0].virtual + parts[0].size)
        cannot_start("not enough memory for the devices' buffers", "give it more: QEMU's -m");
    for (uint64_t page = at; page < end; page += PAGE_SIZE)
        fill_page(page);
    *from = end;
    return (void *)at;
}

/* What devices left of the hole is the heap's end. */
struct range memory_heap(void)
{
    if (hole.end - hole.start >= CLUSTER && hole.end - hole.start <= DEVICES - heap_end)
        add_part(hole.start, hole.end);
    hole.start = hole.end;
    return (struct range){heap_start, heap_end};
}

uint64_t memory_total(void)
{
    return heap_end;
}

void *memory_map(uint64_t physical, uint64_t size, bool cached)
{
    if (physical >= ADDRESS - size)
        fatal("a register or a table lies beyond what a processor can reach");
    const uint64_t offset = physical - page_down(physical), length = page_up(offset + size), at = devices_next;
    map(at, physical - offset, length, WRITABLE | NO_EXECUTE | (cached ? 0 : UNCACHED | WRITE_THROUGH));
    devices_next += length;
    return (void *)(at + offset);
}

uint64_t memory_physical(const void *pointer, uint64_t *run)
{
    const uint64_t address = (uintptr_t)pointer;
    const struct part *part = part_of(address);
    if (!part)
        return address; /* the image */
    if (*run > part->virtual + part->size - address)
        *run = part->virtual + part->size - address;
    for (uint64_t at = page_down(address); at < address + *run; at += PAGE_SIZE)
        if (!*entry_for(at))
            fill_page(at);
    return address - part->virtual + part->physical;
}
