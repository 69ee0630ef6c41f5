/* SPDX-License-Identifier: ISC */
/*
 * An allocator in the first stage of an image: what lives to its end goes to the place that was kept for it
 * (packing.h), the rest to the allocator that is always there, which has the image to itself afterwards.
 */
#ifndef PYMIRAGE_LIBC_PACKED_H
#define PYMIRAGE_LIBC_PACKED_H

#include <stddef.h>

/* The one that is always there. What it allocates is zeroed, so that an image holds nothing by chance. */
struct packed {
    size_t alignment;
    void *context;
    void *(*allocate)(void *context, size_t count, size_t size);
    void *(*resize)(void *context, void *memory, size_t size);
    void (*release)(void *context, void *memory);
};

void *packed_allocate(const struct packed *usual, size_t count, size_t size);
void *packed_resize(const struct packed *usual, void *memory, size_t size);
void packed_release(const struct packed *usual, void *memory);

/* malloc() as one of them, from the first allocation on. */
void packed_malloc_begin(void);
void packed_malloc_end(void);

#endif
