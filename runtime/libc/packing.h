/* SPDX-License-Identifier: ISC */
/*
 * What an initialised image brings along lies densely: without heads, without rounding to classes of sizes, without
 * gaps where something was freed in between.
 *
 * An image is brought up several times (initialise_abi.h), and does the same the last two times. The first of those finds
 * out which allocations live to the end; the second gives each of those its place in one region at the start of the
 * heap, and leaves the others to malloc() and CPython's arenas, of which next to nothing remains. Nothing is moved.
 *
 * That both times are alike is not taken for granted: sets of objects are in the order of their addresses, which
 * differ. What comes unexpectedly lies where it would lie otherwise, a place that was kept in vain stays empty: a
 * wrong guess costs room and nothing else.
 *
 * A packed block is never freed: who tries is ignored, who wants it longer gets a copy (malloc.c).
 */
#ifndef PYMIRAGE_LIBC_PACKING_H
#define PYMIRAGE_LIBC_PACKING_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before the first allocation of the first stage. */
void packing_begin(void);

/* An allocation: where it is to lie, zeroed; NULL when that is anybody's choice. */
void *packing_take(size_t size, size_t alignment);

/* Where the latest one lies. */
void packing_note(const void *memory);

/* A block ends, because it is freed or moves: its size, or -1 for what was never noted. */
ptrdiff_t packing_drop(const void *memory);

/* Whether memory can be given back to nobody. */
bool packing_is_packed(const void *memory);

/* Octets: of the packed region, of places in it that were kept in vain, of blocks elsewhere that should be in it. */
struct packing_account {
    size_t size, in_vain, elsewhere;
};

/* When nothing that is alive will end any more. */
struct packing_account packing_conclude(void);

/*
 * The first time, before and after a start is rehearsed, with a heap that ends at (end): the blocks that a start writes
 * to will lie together, so that instances share the pages of all others.
 */
void packing_watch(const void *end);
void packing_settle(void);

#endif
