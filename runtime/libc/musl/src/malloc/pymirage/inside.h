/* SPDX-License-Identifier: ISC */
/*
 * What the files of libc/ know of malloc() beyond <stdlib.h>: how it is replaced while an image is initialised, and
 * what an initialised image brought along. It lies here because musl is compiled without libc/.
 */
#ifndef PYMIRAGE_MALLOC_INSIDE_H
#define PYMIRAGE_MALLOC_INSIDE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What lies below is nobody's to free: NULL, and in an image that was initialised when it was built the blocks that it
 * brought along (libc/packing.c), which have no head.
 */
extern uintptr_t __pymirage_malloc_floor;

/* While an image is initialised: who is asked in the place of malloc(), realloc() and free() (libc/packed.c). */
extern const struct __pymirage_malloc_instead {
    void *(*allocate)(size_t size);
    void *(*resize)(void *memory, size_t size);
    void (*release)(void *memory);
} *__pymirage_malloc_instead;

/* Themselves, whoever is asked in their place. */
void *__pymirage_malloc(size_t size);
void *__pymirage_realloc(void *memory, size_t size);
void __pymirage_free(void *memory);

/*
 * For an image that is about to be written to a file: what was freed becomes zero, and empty regions go back. So the
 * file holds nothing that nobody needs, and compresses.
 */
void __pymirage_malloc_clear(void);

#endif
