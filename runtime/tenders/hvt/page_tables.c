/* SPDX-License-Identifier: ISC */
/*
 * The guest's page tables: 4-level paging, Intel SDM volume 3, 4.5. The guest cannot reach them, so what
 * they forbid stays forbidden.
 */
#include "message.h"
#include "net_ring_abi.h"
#include "net_rings.h"
#include "system_memory.h"

enum { PRESENT = 1 << 0, WRITABLE = 1 << 1, USER = 1 << 2, LARGE = 1 << 7 };
#define NO_EXECUTE (1ULL << 63)
#define LARGE_PAGE 0x200000UL

struct builder {
    struct vm *vm;
    uint64_t next; /* offset of the first free table */
};

/* A fresh table's guest-physical address. The memory is zero already. */
static uint64_t new_table(struct builder *builder)
{
    if (builder->next + PAGE_SIZE > SYSTEM_SIZE)
        fail("the image needs more page tables than there is room for");
    const uint64_t address = HVT_SYSTEM_BASE + builder->next;
    builder->next += PAGE_SIZE;
    return address;
}

static uint64_t *table_at(const struct builder *builder, uint64_t entry)
{
    return (uint64_t *)(builder->vm->system + ((entry & 0xffffffffff000) - HVT_SYSTEM_BASE));
}

/* The entry for (address) at level (level) of the tree below (root), 1 being the leaves; makes tables on the way. */
static uint64_t *entry_for(struct builder *builder, uint64_t root, uint64_t address, int level)
{
    uint64_t *entry = &table_at(builder, root)[address >> 39 & 511];
    for (int at = 4; at > level; at--) {
        /* Rights are the leaf's: tables on the way allow everything. */
        if (!*entry)
            *entry = new_table(builder) | PRESENT | WRITABLE | USER;
        entry = &table_at(builder, *entry)[address >> (12 + 9 * (at - 2)) & 511];
    }
    return entry;
}

/* What the guest may do with the page at (address): 0 is nothing. */
static uint64_t rights_of(const struct vm *vm, uint64_t address, uint64_t boot_info_end)
{
    for (unsigned i = 0; i < vm->image->segment_count; i++) {
        const struct segment *segment = &vm->image->segments[i];
        if (address < segment->start || address >= segment->end)
            continue;
        if (!segment->readable && !segment->writable && !segment->executable)
            return 0;
        return PRESENT | USER | (segment->writable ? WRITABLE : 0) | (segment->executable ? 0 : NO_EXECUTE);
    }
    if (address >= vm->image->end)
        return PRESENT | USER | WRITABLE | NO_EXECUTE;
    return address >= HVT_BOOT_INFO_BASE && address < boot_info_end ? PRESENT | USER | NO_EXECUTE : 0;
}

static void map_small_pages(struct builder *builder, uint64_t root, uint64_t start, uint64_t end)
{
    const uint64_t boot_info_end = HVT_BOOT_INFO_BASE + 0x10000;
    for (uint64_t address = start; address < end; address += PAGE_SIZE) {
        const uint64_t rights = rights_of(builder->vm, address, boot_info_end);
        if (rights)
            *entry_for(builder, root, address, 1) = address | rights;
    }
}

uint64_t page_tables_build(struct vm *vm)
{
    struct builder builder = {vm, SYSTEM_TABLES};
    const uint64_t root = new_table(&builder);
    for (uint64_t start = 0; start < vm->memory_size; start += LARGE_PAGE) {
        if (start >= vm->image->end && vm->memory_size - start >= LARGE_PAGE)
            *entry_for(&builder, root, start, 2) = start | PRESENT | USER | WRITABLE | NO_EXECUTE | LARGE;
        else
            map_small_pages(&builder, root, start,
                            vm->memory_size - start < LARGE_PAGE ? vm->memory_size : start + LARGE_PAGE);
    }
    for (uint64_t offset = 0; offset < net_rings_memory_size(); offset += PAGE_SIZE)
        *entry_for(&builder, root, HVT_NET_RINGS_BASE + offset, 1) =
            (HVT_NET_RINGS_BASE + offset) | PRESENT | USER | WRITABLE | NO_EXECUTE;
    for (uint64_t offset = 0; offset < SYSTEM_MAPPED; offset += PAGE_SIZE) {
        const uint64_t rights = offset == SYSTEM_STUBS ? PRESENT : PRESENT | WRITABLE | NO_EXECUTE;
        *entry_for(&builder, root, HVT_SYSTEM_BASE + offset, 1) = (HVT_SYSTEM_BASE + offset) | rights;
    }
    return root;
}
