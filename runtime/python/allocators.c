/* SPDX-License-Identifier: ISC */
/*
 * CPython's allocators in the first stage of an image: what lives to its end goes to the place that was kept for it
 * (libc/packing.h), the rest to the allocators that are always there, which have the image to themselves afterwards.
 *
 * Three domains: "raw" is malloc(); "mem" and "obj" are Objects/obmalloc.c, which itself asks "raw" for what is large.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include "initialise.h"
#include "packing.h"

/* Raw memory is for whatever C code keeps there; of the others CPython asks for no more than pointers need. */
static struct domain {
    PyMemAllocatorDomain name;
    size_t alignment;
    PyMemAllocatorEx usual;
} domains[] = {
    {.name = PYMEM_DOMAIN_RAW, .alignment = 16},
    {.name = PYMEM_DOMAIN_MEM, .alignment = 8},
    {.name = PYMEM_DOMAIN_OBJ, .alignment = 8},
};

enum { DOMAINS = sizeof domains / sizeof *domains };

/* One allocator that asks another is one allocation. */
static int depth;

static void *usual_allocate(struct domain *domain, size_t count, size_t size)
{
    void *memory;

    depth++;
    memory = domain->usual.calloc(domain->usual.ctx, count, size);
    depth--;
    return memory;
}

static void usual_free(struct domain *domain, void *memory)
{
    depth++;
    domain->usual.free(domain->usual.ctx, memory);
    depth--;
}

static void *allocate_zeroed(void *context, size_t count, size_t size)
{
    struct domain *domain = context;
    void *memory;

    if (depth || (size && count > PY_SSIZE_T_MAX / size))
        return domain->usual.calloc(domain->usual.ctx, count, size);
    memory = packing_take(count * size, domain->alignment);
    if (!memory)
        memory = usual_allocate(domain, count, size);
    packing_note(memory);
    return memory;
}

static void *allocate(void *context, size_t size)
{
    return allocate_zeroed(context, 1, size);
}

/* (size) octets, or -1 if nobody knows: of a packed block only the content goes. */
static void discard(struct domain *domain, void *memory, ptrdiff_t size)
{
    if (!packing_is_packed(memory))
        usual_free(domain, memory);
    else if (size > 0)
        memset(memory, 0, (size_t)size);
}

static void release(void *domain, void *memory)
{
    if (memory)
        discard(domain, memory, depth ? -1 : packing_drop(memory));
}

static void *usual_resize(struct domain *domain, void *memory, size_t size)
{
    depth++;
    memory = domain->usual.realloc(domain->usual.ctx, memory, size);
    depth--;
    return memory;
}

/* An allocation, too: the place is for what has its last size. */
static void *resize(void *domain, void *memory, size_t size)
{
    ptrdiff_t have;
    void *moved;

    if (!memory)
        return allocate(domain, size);
    have = depth ? -1 : packing_drop(memory);
    if (have < 0)
        return usual_resize(domain, memory, size);
    moved = allocate(domain, size);
    if (!moved)
        return NULL;
    memcpy(moved, memory, (size_t)have < size ? (size_t)have : size);
    discard(domain, memory, have);
    return moved;
}

void allocators_replace(void)
{
    for (int i = 0; i < DOMAINS; i++) {
        PyMemAllocatorEx packing = {&domains[i], allocate, allocate_zeroed, resize, release};

        PyMem_GetAllocator(domains[i].name, &domains[i].usual);
        PyMem_SetAllocator(domains[i].name, &packing);
    }
}

void allocators_restore(void)
{
    for (int i = 0; i < DOMAINS; i++)
        PyMem_SetAllocator(domains[i].name, &domains[i].usual);
}
