/* SPDX-License-Identifier: ISC */
/*
 * The heap of an image as pages: runs of pages are handed out, returned, grown in place.
 *
 * Every call takes constant time, save for clearing pages and for the last resort of an almost full heap.
 * pages_allocate() answers NULL when no free run is long enough; nothing else can fail.
 */
#ifndef PYMIRAGE_LIBC_PAGES_H
#define PYMIRAGE_LIBC_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE = 4096 };

/* Takes over [start, start + size): page aligned, all zero. Call once. */
void pages_initialise(void *start, size_t size);

void *pages_allocate(size_t count, bool zeroed);

/*
 * For an image that is saved to a file: clears free pages and forgets those behind the last in use. Returns the new
 * end of the heap.
 */
void *pages_conclude(void);

/*
 * When it starts: the heap, which ended where pages_conclude() said, goes on in [start, start + size), all zero. What
 * may lie between the two belongs to others.
 */
void pages_resume(void *start, size_t size);

/* Any part of what was allocated. Ends the image when the range was not allocated. */
void pages_free(void *start, size_t count);

/* Makes the (count) pages at (start) (more) pages longer if the ones behind them are free. */
bool pages_extend(void *start, size_t count, size_t more, bool zeroed);

struct pages_use {
    size_t total, used, peak; /* pages */
    bool exhausted;           /* a request of ordinary size was refused */
};

struct pages_use pages_use(void);

/* Keeps (count) pages back from pages_allocate() until pages_release_reserve(). */
bool pages_keep_reserve(size_t count);
void pages_release_reserve(void);

#endif
