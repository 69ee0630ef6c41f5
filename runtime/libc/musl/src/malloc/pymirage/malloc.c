/* SPDX-License-Identifier: ISC */
/*
 * malloc() for a program with one thread and little memory, in place of musl's mallocng, which asks the kernel
 * for pages at each turn of a loop that allocates and frees: here that costs 20 ns.
 *
 * Two-level segregated fit (M. Masmano et al., "TLSF: A New Dynamic Memory Allocator for Real-Time Systems", 2004)
 * inside of regions of pages: constant time, neighbours merged at once, 8 octets for each block. Large blocks are
 * pages of their own. Regions that become empty go back, save for one.
 *
 *   region:  8 octets unused | block | block | ... | end mark (a block in use, of size 0)
 *   block:   head (size and flags) | payload; in a free block the payload is: next, previous, ..., own address
 *   large:   start of its pages | head | payload
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "inside.h"

#ifndef MAP_UNINITIALIZED
#define MAP_UNINITIALIZED 0x4000000
#endif

struct block {
    size_t head;
    struct block *next, *previous; /* in its list, while it is free */
};

/* Of a head; sizes are multiples of 8. FREE stays in a head that a merger covers: freeing twice is noticed there, too. */
enum { FREE = 1, AFTER_FREE = 2, FIRST = 4, FLAGS = 7 };
/* A large block has a size that no other can have. */
#define LARGE ((size_t)1 << 63)
/* Request; no sum with it overflows. */
#define LARGEST ((size_t)PTRDIFF_MAX - 2 * PAGE)

enum {
    HEAD = sizeof(size_t),
    ALIGNMENT = 16,
    SMALLEST = 24, /* payload: room for what a free block holds */
    PAGE = 4096,
    REGION = 256 * 1024,
    LARGE_FROM = 64 * 1024,
};

/*
 * Lists: sizes below 512 have one for each multiple of 16; above, sixteen for each power of two. What is asked for is
 * rounded up to where a list begins: so all blocks of its list are long enough, the one just freed among them.
 */
enum { LINEAR = 512, STEPS = 32, FIRST_POWER = 9, POWERS = 11 };

static uint32_t filled[1 + POWERS]; /* a bit for each list that is not empty */
static struct block *lists[1 + POWERS][STEPS];
static struct block *spare; /* the one empty region that is kept */

uintptr_t __pymirage_malloc_floor = 1; /* only NULL is below */
const struct __pymirage_malloc_instead *__pymirage_malloc_instead;

static size_t size_of(const struct block *block)
{
    return block->head & ~(size_t)FLAGS;
}

static void *payload(struct block *block)
{
    return (char *)block + HEAD;
}

static struct block *block_of(const void *memory)
{
    return (struct block *)((char *)memory - HEAD);
}

static struct block *behind(struct block *block)
{
    return (struct block *)((char *)block + HEAD + size_of(block));
}

/* Valid while the block's head says AFTER_FREE: the free block in front has its address in its last word. */
static struct block *before(struct block *block)
{
    return ((struct block **)block)[-1];
}

/* The last word of a free block, its own address. */
static struct block **before_end(struct block *block)
{
    return (struct block **)behind(block) - 1;
}

/* --- Lists ------------------------------------------------------------------------------------ */

static void list_of(size_t size, unsigned *row, unsigned *column)
{
    unsigned power;

    if (size < LINEAR) {
        *row = 0;
        *column = (unsigned)(size / ALIGNMENT);
        return;
    }
    power = 63 - (unsigned)__builtin_clzl(size);
    *row = power - FIRST_POWER + 1;
    *column = (unsigned)(size >> (power - 4)) & 15;
}

static void insert(struct block *block)
{
    unsigned row, column;
    struct block *next = behind(block);

    list_of(size_of(block), &row, &column);
    block->head |= FREE;
    block->previous = NULL;
    block->next = lists[row][column];
    if (block->next)
        block->next->previous = block;
    lists[row][column] = block;
    filled[row] |= UINT32_C(1) << column;
    next->head |= AFTER_FREE;
    *before_end(block) = block;
}

static void remove_block(struct block *block)
{
    unsigned row, column;

    list_of(size_of(block), &row, &column);
    if (block->next)
        block->next->previous = block->previous;
    if (block->previous)
        block->previous->next = block->next;
    else if (!(lists[row][column] = block->next))
        filled[row] &= ~(UINT32_C(1) << column);
    behind(block)->head &= ~(size_t)AFTER_FREE;
}

/* A free block of at least (size) octets, which is rounded(): any in the first list that has one. */
static struct block *find(size_t size)
{
    unsigned row, column;
    uint32_t bits;

    list_of(size, &row, &column);
    bits = filled[row] >> column << column;
    while (!bits && ++row <= POWERS)
        bits = filled[row];
    return bits ? lists[row][__builtin_ctz(bits)] : NULL;
}

/* --- Pages ------------------------------------------------------------------------------------ */

static char *map(size_t length)
{
    char *pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_UNINITIALIZED, -1, 0);

    return pages == MAP_FAILED ? NULL : pages;
}

/* Adds a region with one free block of (size) octets or more; smaller than usual when memory is short. */
static struct block *add_region(size_t size)
{
    size_t length = REGION;
    char *pages = map(length);
    struct block *block;

    if (!pages) {
        length = (size + 2 * ALIGNMENT + PAGE - 1) & -(size_t)PAGE;
        pages = map(length);
    }
    if (!pages)
        return NULL;
    block = (struct block *)(pages + HEAD);
    block->head = (length - 2 * ALIGNMENT + HEAD) | FIRST;
    behind(block)->head = 0;
    insert(block);
    return block;
}

static int is_whole_region(struct block *block)
{
    return block->head & FIRST && size_of(behind(block)) == 0;
}

static void give_back(struct block *region)
{
    remove_block(region);
    munmap((char *)region - HEAD, size_of(region) + 2 * ALIGNMENT - HEAD);
}

static void *large_allocate(size_t size, size_t alignment)
{
    size_t offset = alignment > ALIGNMENT ? alignment : ALIGNMENT;
    size_t length = (size + offset + PAGE - 1) & -(size_t)PAGE;
    char *pages = size <= LARGEST ? map(length) : NULL;
    char *memory;

    if (!pages) {
        errno = ENOMEM;
        return NULL;
    }
    memory = (char *)(((uintptr_t)pages + offset) & -(uintptr_t)offset);
    ((char **)memory)[-2] = pages;
    block_of(memory)->head = length | LARGE;
    return memory;
}

static char *large_pages(const void *memory)
{
    return ((char *const *)memory)[-2];
}

static size_t large_length(const void *memory)
{
    return block_of(memory)->head & ~LARGE;
}

static void *large_resize(void *memory, size_t size)
{
    size_t offset = (size_t)((char *)memory - large_pages(memory));
    size_t length = (size + offset + PAGE - 1) & -(size_t)PAGE;
    char *pages = MAP_FAILED;

    if (size <= LARGEST)
        pages = mremap(large_pages(memory), large_length(memory), length, MREMAP_MAYMOVE);
    if (pages == MAP_FAILED) {
        errno = ENOMEM;
        return NULL;
    }
    memory = pages + offset;
    ((char **)memory)[-2] = pages;
    block_of(memory)->head = length | LARGE;
    return memory;
}

/* --- Blocks ----------------------------------------------------------------------------------- */

/* Sizes are 8 more than a multiple of 16, so that the payload behind the next head is aligned. */
static size_t rounded(size_t size)
{
    size_t step = size < LINEAR ? ALIGNMENT : (size_t)1 << (63 - __builtin_clzl(size)) >> 4;

    return size <= SMALLEST ? SMALLEST : ((size - HEAD + step - 1) & -step) + HEAD;
}

/* Cuts a block in use to (size); the rest becomes free if it is long enough to be a block. */
static void trim(struct block *block, size_t size)
{
    size_t have = size_of(block);
    struct block *rest;

    if (have < size + HEAD + SMALLEST)
        return;
    block->head = size | (block->head & FLAGS);
    rest = behind(block);
    rest->head = have - size - HEAD;
    __pymirage_free(payload(rest));
}

static int is_large(const struct block *block)
{
    return (block->head & LARGE) != 0;
}

static void release(struct block *block)
{
    struct block *next = behind(block);

    block->head |= FREE;
    if (block->head & AFTER_FREE) {
        struct block *joined = before(block);

        remove_block(joined);
        joined->head += HEAD + size_of(block);
        block = joined;
    }
    if (next->head & FREE) {
        remove_block(next);
        block->head += HEAD + size_of(next);
    }
    insert(block);
    if (!is_whole_region(block))
        return;
    if (spare && spare != block && spare->head & FREE && is_whole_region(spare))
        give_back(spare);
    spare = block;
}

void *__pymirage_malloc(size_t size)
{
    struct block *block;

    if (size >= LARGE_FROM)
        return large_allocate(size, ALIGNMENT);
    size = rounded(size);
    block = find(size);
    if (!block)
        block = add_region(size);
    if (!block) {
        errno = ENOMEM;
        return NULL;
    }
    remove_block(block);
    block->head &= ~(size_t)FREE;
    trim(block, size);
    return payload(block);
}

void *__libc_malloc_impl(size_t size)
{
    return __builtin_expect(__pymirage_malloc_instead != NULL, 0) ? __pymirage_malloc_instead->allocate(size)
                                                                  : __pymirage_malloc(size);
}

void __pymirage_free(void *memory)
{
    struct block *block;

    if ((uintptr_t)memory < __pymirage_malloc_floor)
        return;
    block = block_of(memory);
    if (block->head & FREE)
        __builtin_trap(); /* freed twice: better to stop here than to hand it out twice */
    if (is_large(block)) {
        size_t length = large_length(memory);

        block->head = FREE;
        munmap(large_pages(memory), length);
    } else {
        release(block);
    }
}

void __libc_free(void *memory)
{
    if (__builtin_expect(__pymirage_malloc_instead != NULL, 0))
        __pymirage_malloc_instead->release(memory);
    else
        __pymirage_free(memory);
}

size_t malloc_usable_size(void *memory)
{
    if ((uintptr_t)memory < __pymirage_malloc_floor)
        return 0;
    if (is_large(block_of(memory)))
        return large_length(memory) - (size_t)((char *)memory - large_pages(memory));
    return size_of(block_of(memory));
}

void __pymirage_malloc_clear(void)
{
    if (spare && spare->head & FREE && is_whole_region(spare))
        give_back(spare);
    spare = NULL;
    for (unsigned row = 0; row <= POWERS; row++)
        for (unsigned column = 0; column < STEPS; column++)
            for (struct block *block = lists[row][column]; block; block = block->next)
                memset(block + 1, 0, (size_t)((char *)(before_end(block)) - (char *)(block + 1)));
}

static void *move(void *memory, size_t size)
{
    size_t have = malloc_usable_size(memory);
    void *moved = __pymirage_malloc(size);

    if (moved) {
        memcpy(moved, memory, have < size ? have : size);
        __pymirage_free(memory);
    }
    return moved;
}

/* Takes the free block behind if that makes this one long enough. */
static int grow(struct block *block, size_t size)
{
    struct block *next = behind(block);

    if (!(next->head & FREE) || size_of(block) + HEAD + size_of(next) < size)
        return 0;
    remove_block(next);
    block->head += HEAD + size_of(next);
    trim(block, size);
    return 1;
}

/* Of a block without a head nobody knows the size; what lies behind it may be read as well. */
static void *copy_out(const void *memory, size_t size)
{
    size_t most = memory ? __pymirage_malloc_floor - (uintptr_t)memory : 0;
    void *copy = __pymirage_malloc(size);

    if (copy && most)
        memcpy(copy, memory, size < most ? size : most);
    return copy;
}

void *__pymirage_realloc(void *memory, size_t size)
{
    struct block *block;

    if ((uintptr_t)memory < __pymirage_malloc_floor)
        return copy_out(memory, size);
    block = block_of(memory);
    if (is_large(block) && size >= LARGE_FROM)
        return large_resize(memory, size);
    if (is_large(block) || size >= LARGE_FROM)
        return move(memory, size);
    size = rounded(size);
    if (size_of(block) >= size) {
        trim(block, size);
        return memory;
    }
    return grow(block, size) ? memory : move(memory, size);
}

void *__libc_realloc(void *memory, size_t size)
{
    return __builtin_expect(__pymirage_malloc_instead != NULL, 0) ? __pymirage_malloc_instead->resize(memory, size)
                                                                  : __pymirage_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    struct block *front, *block;
    char *memory, *aligned;

    if (!alignment || alignment & (alignment - 1) || alignment > PAGE) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= ALIGNMENT || size >= LARGE_FROM)
        return alignment <= ALIGNMENT ? __pymirage_malloc(size) : large_allocate(size, alignment);
    memory = __pymirage_malloc(size + alignment + HEAD + SMALLEST);
    if (!memory || ((uintptr_t)memory & (alignment - 1)) == 0)
        return memory;
    if (is_large(block_of(memory))) {
        __pymirage_free(memory);
        return large_allocate(size, alignment);
    }
    /* The octets in front of the aligned address become a block of their own, and are freed. */
    aligned = (char *)(((uintptr_t)memory + HEAD + SMALLEST + alignment - 1) & -(uintptr_t)alignment);
    front = block_of(memory);
    block = block_of(aligned);
    block->head = size_of(front) - (size_t)(aligned - memory);
    front->head = ((size_t)(aligned - memory) - HEAD) | (front->head & FLAGS);
    __pymirage_free(memory);
    trim(block, rounded(size));
    return aligned;
}
