/* SPDX-License-Identifier: ISC */
/*
 * A table with one entry for each page, at the start of the heap, instead of headers inside of free pages:
 * what was freed is not touched again until it is handed out, and a stray write cannot corrupt the lists.
 *
 * Free runs hang in lists by length, four lists for each power of two. A request takes the first run of the
 * first list in which every run is long enough, found by bit scan (two-level segregated fit: M. Masmano et al.,
 * "TLSF: A New Dynamic Memory Allocator for Real-Time Systems", 2004). Small lists come first, so freed pages
 * are used again before untouched memory is: that keeps the image's resident size down.
 */
#include "pages.h"

#include <string.h>

#include "shim.h"
#include "solo5.h"
#include "stage.h"

/* Page 0 holds the table, or nothing, and is never free, so index 0 says "none". */
struct entry {
    uint32_t length;   /* of a free run, in its first and its last page; 0 in every other page */
    uint32_t previous; /* in its first page: neighbours in its list */
    uint32_t next;
};

/* 8 TiB; sums of two page counts stay within 32 bits. */
#define MOST (UINT32_MAX / 2)

enum { SUBDIVISIONS = 4, LISTS = 128 };

/* Pages of an arena or a region: what CPython and malloc() ask for while they run; more is somebody's wish. */
enum { ORDINARY = 64 };

static struct {
    char *start;
    struct entry *table;
    uint32_t total, used, peak;
    uint32_t untouched; /* this page and all behind it are zero still */
    uint32_t lists[LISTS];
    uint64_t filled[LISTS / 64]; /* a bit for each list that is not empty */
    bool exhausted;
    void *reserve;
    size_t reserve_count;
} heap;

/* The list whose runs are all at most (length), give or take its width. Lengths 1, 2, 3 have one list each. */
static unsigned list_of(uint32_t length)
{
    unsigned power = 31 - (unsigned)__builtin_clz(length);
    uint32_t rest = power >= 2 ? (length >> (power - 2)) & 3 : (length << (2 - power)) & 3;

    return power * SUBDIVISIONS + rest;
}

/* The first list in which every run has (length) pages or more. */
static unsigned list_for(uint32_t length)
{
    unsigned power = 31 - (unsigned)__builtin_clz(length);
    uint32_t width = power > 2 ? UINT32_C(1) << (power - 2) : 1;

    return list_of(length + width - 1);
}

static void insert(uint32_t first, uint32_t length)
{
    unsigned list = list_of(length);
    uint32_t head = heap.lists[list];

    heap.table[first] = (struct entry){.length = length, .next = head};
    heap.table[first + length - 1].length = length;
    if (head)
        heap.table[head].previous = first;
    heap.lists[list] = first;
    heap.filled[list / 64] |= UINT64_C(1) << (list % 64);
}

static void remove_run(uint32_t first)
{
    struct entry *entry = &heap.table[first];
    uint32_t length = entry->length;
    unsigned list = list_of(length);

    if (entry->next)
        heap.table[entry->next].previous = entry->previous;
    if (entry->previous)
        heap.table[entry->previous].next = entry->next;
    else
        heap.lists[list] = entry->next;
    if (!heap.lists[list])
        heap.filled[list / 64] &= ~(UINT64_C(1) << (list % 64));
    entry->length = 0;
    heap.table[first + length - 1].length = 0;
}

static uint32_t find(uint32_t count)
{
    unsigned list = list_for(count);
    uint64_t word = list < LISTS ? heap.filled[list / 64] >> (list % 64) << (list % 64) : 0;

    if (list < 64 && !word) {
        list = 64;
        word = heap.filled[1];
    }
    if (word)
        return heap.lists[list / 64 * 64 + (unsigned)__builtin_ctzll(word)];
    /* Last resort: the list that mixes runs a little shorter than the request with longer ones. */
    for (uint32_t run = heap.lists[list_of(count)]; run; run = heap.table[run].next)
        if (heap.table[run].length >= count)
            return run;
    return 0;
}

static void account(uint32_t more)
{
    heap.used += more;
    if (heap.used > heap.peak)
        heap.peak = heap.used;
}

/* Pages [first, first + count) leave the free run that begins at (run) and has them at its start. */
static void take(uint32_t first, uint32_t count, bool zeroed)
{
    uint32_t length = heap.table[first].length;
    uint32_t touched = heap.untouched > first ? heap.untouched - first : 0;

    remove_run(first);
    if (length > count)
        insert(first + count, length - count);
    if (zeroed && touched)
        memset(heap.start + (size_t)first * PAGE, 0, (size_t)(touched < count ? touched : count) * PAGE);
    if (heap.untouched < first + count)
        heap.untouched = first + count;
    account(count);
}

static _Noreturn void too_little(void)
{
    message("memory: too little to start (give the image more, --mem=16)");
    stage_exit(SOLO5_EXIT_FAILURE);
}

static uint32_t table_size(size_t pages)
{
    return (uint32_t)((pages * sizeof(struct entry) + PAGE - 1) / PAGE);
}

void pages_initialise(void *start, size_t size)
{
    size_t total = size / PAGE;
    uint32_t table;

    if (total > MOST)
        total = MOST;
    heap.start = start;
    heap.table = start;
    heap.total = (uint32_t)total;
    table = table_size(total);
    if (stage_is_initialise()) {
        /* Sized for the memory at hand, not for the image's: it is not to become part of it (pages_conclude). */
        heap.table = stage_scratch(total * sizeof(struct entry));
        table = 1;
    }
    if (table >= total)
        too_little();
    heap.untouched = table;
    account(table);
    insert(table, heap.total - table);
}

void *pages_allocate(size_t count, bool zeroed)
{
    uint32_t run = count && count <= heap.total ? find((uint32_t)count) : 0;

    if (!run) {
        heap.exhausted |= count <= ORDINARY;
        return NULL;
    }
    take(run, (uint32_t)count, zeroed);
    return heap.start + (size_t)run * PAGE;
}

static uint32_t index_of(const void *start, size_t count)
{
    size_t offset = (size_t)((const char *)start - heap.start);
    size_t first = offset / PAGE;

    if (offset % PAGE || !first || !count || first >= heap.total || count > heap.total - first ||
        heap.table[first].length || heap.table[first + count - 1].length) {
        message("memory: pages freed that are not in use (a defect in C code of this image)");
        stage_exit(SOLO5_EXIT_ABORT);
    }
    return (uint32_t)first;
}

void pages_free(void *start, size_t count)
{
    uint32_t first = index_of(start, count), length = (uint32_t)count, before, behind;

    heap.used -= length;
    /* Page first - 1 exists: page 0 is the table's. */
    before = heap.table[first - 1].length;
    behind = first + length < heap.total ? heap.table[first + length].length : 0;
    if (before)
        remove_run(first -= before);
    if (behind)
        remove_run(first + before + length);
    insert(first, before + length + behind);
}

bool pages_extend(void *start, size_t count, size_t more, bool zeroed)
{
    uint32_t behind = index_of(start, count) + (uint32_t)count;

    if (behind >= heap.total || heap.table[behind].length < more)
        return false;
    take(behind, (uint32_t)more, zeroed);
    return true;
}

/* Of the free runs; what lies behind (untouched) is zero already. */
static void clear_free(void)
{
    for (uint32_t page = 1; page < heap.total; page++) {
        uint32_t length = heap.table[page].length;

        if (!length)
            continue;
        if (page < heap.untouched)
            memset(heap.start + (size_t)page * PAGE, 0,
                   (size_t)(heap.untouched - page < length ? heap.untouched - page : length) * PAGE);
        page += length - 1;
    }
}

void *pages_conclude(void)
{
    uint32_t last = heap.table[heap.total - 1].length, size = table_size(heap.total - last);
    /* One page more: taking it may make the heap longer. */
    struct entry *table = pages_allocate(size + 1, true);

    if (!table)
        too_little();
    clear_free();
    last = heap.table[heap.total - 1].length;
    if (last) {
        remove_run(heap.total - last);
        heap.total -= last;
    }
    heap.table = memcpy(table, heap.table, heap.total * sizeof(struct entry));
    heap.untouched = heap.total;
    heap.peak = heap.used;
    heap.exhausted = false;
    return heap.start + (size_t)heap.total * PAGE;
}

/*
 * The new table is the first of the new memory; the old one's pages stay as they are, shared with all who run the
 * image. Pages of others count as used, and are never free.
 */
void pages_resume(void *start, size_t size)
{
    uint32_t old = heap.total, first = (uint32_t)((size_t)((char *)start - heap.start) / PAGE), table, free;
    size_t total = first + size / PAGE;

    if (total > MOST)
        total = MOST;
    table = table_size(total);
    free = first + table;
    if (total <= free)
        too_little();
    heap.table = memcpy(start, heap.table, old * sizeof(struct entry));
    heap.total = (uint32_t)total;
    heap.untouched = free;
    account(free - old);
    insert(free, heap.total - free);
}

struct pages_use pages_use(void)
{
    return (struct pages_use){heap.total, heap.used, heap.peak, heap.exhausted};
}

bool pages_keep_reserve(size_t count)
{
    heap.reserve = pages_allocate(count, false);
    heap.reserve_count = count;
    return heap.reserve != NULL;
}

void pages_release_reserve(void)
{
    if (heap.reserve)
        pages_free(heap.reserve, heap.reserve_count);
    heap.reserve = NULL;
}
