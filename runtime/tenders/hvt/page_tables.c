/* SPDX-License-Identifier: ISC */
/*
 * The guest's page tables: 4-level paging, Intel SDM volume 3, 4.5. The guest cannot reach them, so what
 * they forbid stays forbidden.
 */
#include "message.h"
#include "net_ring_abi.h"
#include "net_rings.h"
#include "system_memory.h"

/*
 * Every entry says that it has been used, and every page that it has been written: nobody asks, and a KVM without
 * hardware for guests' page tables then has nothing to write there, and brings in neighbours of a page with it.
 */
enum {
    PRESENT = 1 << 0 | 1 << 5,
    WRITABLE = 1 << 1 | 1 << 6,
    USER = 1 << 2,
    LARGE = 1 << 7,
};
#define NO_EXECUTE (1ULL << 63)
#define LARGE_PAGE 0x200000UL
#define BOOT_INFO_SIZE 0x10000UL

struct builder {
    struct vm *vm;
    uint64_t next; /* offset of the first free table */
};

/* A fresh table's address in the machine. The memory is zero already. */
static uint64_t new_table(struct builder *builder)
{
    if (builder->next + PAGE_SIZE > SYSTEM_SIZE)
        fail("the image needs more page tables than there is room for");
    const uint64_t address = builder->vm->system_address + builder->next;
    builder->next += PAGE_SIZE;
    return address;
}

static uint64_t *table_at(const struct builder *builder, uint64_t entry)
{
    return (uint64_t *)(builder->vm->memory + (entry & 0xffffffffff000));
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

/* Pages of the machine from (to) appear at (address). */
static void map(struct builder *builder, uint64_t root, uint64_t address, uint64_t to, uint64_t size, uint64_t rights)
{
    const uint64_t end = address + size, distance = to - address;
    while (address < end) {
        uint64_t *entry = entry_for(builder, root, address, 1);
        do
            *entry++ = (address + distance) | rights;
        while ((address += PAGE_SIZE) < end && address % LARGE_PAGE);
    }
}

static void map_image(struct builder *builder, uint64_t root)
{
    for (unsigned i = 0; i < builder->vm->image->segment_count; i++) {
        const struct segment *segment = &builder->vm->image->segments[i];
        const uint64_t rights =
            PRESENT | USER | (segment->writable ? WRITABLE : 0) | (segment->executable ? 0 : NO_EXECUTE);
        if (segment->readable || segment->writable || segment->executable)
            map(builder, root, segment->start, segment->start, segment->end - segment->start, rights);
    }
}

/* Behind the image: in large pages, with small ones before and after them. */
static void map_heap(struct builder *builder, uint64_t root)
{
    static const uint64_t rights = PRESENT | USER | WRITABLE | NO_EXECUTE;
    const uint64_t start = builder->vm->image->end, end = builder->vm->memory_size;
    const uint64_t first = (start + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1), last = end & ~(LARGE_PAGE - 1);
    map(builder, root, start, start, (first < end ? first : end) - start, rights);
    for (uint64_t address = first; address < last; address += LARGE_PAGE)
        *entry_for(builder, root, address, 2) = address | rights | LARGE;
    if (first <= last)
        map(builder, root, last, last, end - last, rights);
}

static void map_system(struct builder *builder, uint64_t root)
{
    for (uint64_t offset = 0; offset < SYSTEM_MAPPED; offset += PAGE_SIZE) {
        const uint64_t rights = offset == SYSTEM_STUBS ? PRESENT : PRESENT | WRITABLE | NO_EXECUTE;
        map(builder, root, HVT_SYSTEM_BASE + offset, builder->vm->system_address + offset, PAGE_SIZE, rights);
    }
}

uint64_t page_tables_build(struct vm *vm)
{
    struct builder builder = {vm, SYSTEM_TABLES};
    const uint64_t root = new_table(&builder);
    map(&builder, root, HVT_BOOT_INFO_BASE, HVT_BOOT_INFO_BASE, BOOT_INFO_SIZE, PRESENT | USER | NO_EXECUTE);
    map_image(&builder, root);
    map_heap(&builder, root);
    map(&builder, root, HVT_NET_RINGS_BASE, vm->rings_address, net_rings_memory_size(),
        PRESENT | USER | WRITABLE | NO_EXECUTE);
    map_system(&builder, root);
    return root;
}
