/* SPDX-License-Identifier: ISC */
/* Allocators in the first stage: see packed.h. */
#include "packed.h"

#include <stdint.h>
#include <string.h>

#include "musl/src/malloc/pymirage/inside.h"
#include "packing.h"

/* One allocator that asks another is one allocation. */
static int depth;

static void *usual_allocate(const struct packed *usual, size_t count, size_t size)
{
    void *memory;

    depth++;
    memory = usual->allocate(usual->context, count, size);
    depth--;
    return memory;
}

static void *usual_resize(const struct packed *usual, void *memory, size_t size)
{
    depth++;
    memory = usual->resize(usual->context, memory, size);
    depth--;
    return memory;
}

static void usual_release(const struct packed *usual, void *memory)
{
    depth++;
    usual->release(usual->context, memory);
    depth--;
}

void *packed_allocate(const struct packed *usual, size_t count, size_t size)
{
    void *memory;

    if (depth || (size && count > PTRDIFF_MAX / size))
        return usual->allocate(usual->context, count, size);
    memory = packing_take(count * size, usual->alignment);
    if (!memory)
        memory = usual_allocate(usual, count, size);
    packing_note(memory);
    return memory;
}

/* (size) octets, or -1 if nobody knows: of a packed block only the content goes. */
static void discard(const struct packed *usual, void *memory, ptrdiff_t size)
{
    if (!packing_is_packed(memory))
        usual_release(usual, memory);
    else if (size > 0)
        memset(memory, 0, (size_t)size);
}

void packed_release(const struct packed *usual, void *memory)
{
    if (memory)
        discard(usual, memory, depth ? -1 : packing_drop(memory));
}

/* An allocation, too: the place is for what has its last size. */
void *packed_resize(const struct packed *usual, void *memory, size_t size)
{
    ptrdiff_t have;
    void *moved;

    if (!memory)
        return packed_allocate(usual, 1, size);
    have = depth ? -1 : packing_drop(memory);
    if (have < 0)
        return usual_resize(usual, memory, size);
    moved = packed_allocate(usual, 1, size);
    if (!moved)
        return NULL;
    memcpy(moved, memory, (size_t)have < size ? (size_t)have : size);
    discard(usual, memory, have);
    return moved;
}

/* --- malloc() ---------------------------------------------------------------------------------- */

/* No product overflows: packed_allocate() has seen to it. */
static void *zeroed(void *context, size_t count, size_t size)
{
    void *memory = __pymirage_malloc(count * size);

    (void)context;
    return memory ? memset(memory, 0, count * size) : NULL;
}

static void *resized(void *context, void *memory, size_t size)
{
    (void)context;
    return __pymirage_realloc(memory, size);
}

static void released(void *context, void *memory)
{
    (void)context;
    __pymirage_free(memory);
}

static const struct packed usual_malloc = {16, NULL, zeroed, resized, released};

static void *malloc_allocate(size_t size)
{
    return packed_allocate(&usual_malloc, 1, size);
}

static void *malloc_resize(void *memory, size_t size)
{
    return packed_resize(&usual_malloc, memory, size);
}

static void malloc_release(void *memory)
{
    packed_release(&usual_malloc, memory);
}

void packed_malloc_begin(void)
{
    static const struct __pymirage_malloc_instead packing = {malloc_allocate, malloc_resize, malloc_release};

    __pymirage_malloc_instead = &packing;
}

void packed_malloc_end(void)
{
    __pymirage_malloc_instead = NULL;
}
