/* SPDX-License-Identifier: ISC */
/*
 * CPython's allocators in the first stage of an image, where each is one of libc/packed.h.
 *
 * There are three domains: "raw" is malloc(); "mem" and "obj" are Objects/obmalloc.c, which itself asks "raw" for what
 * is large.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include "initialise.h"
#include "packed.h"

/* CPython asks for no more than pointers need. */
enum { ALIGNMENT = 8 };

static struct domain {
    PyMemAllocatorDomain name;
    PyMemAllocatorEx usual;
    struct packed packed;
} domains[] = {{.name = PYMEM_DOMAIN_MEM}, {.name = PYMEM_DOMAIN_OBJ}};

enum { DOMAINS = sizeof domains / sizeof *domains };

static void *allocate_zeroed(void *domain, size_t count, size_t size)
{
    return packed_allocate(&((struct domain *)domain)->packed, count, size);
}

static void *allocate(void *domain, size_t size)
{
    return allocate_zeroed(domain, 1, size);
}

static void *resize(void *domain, void *memory, size_t size)
{
    return packed_resize(&((struct domain *)domain)->packed, memory, size);
}

static void release(void *domain, void *memory)
{
    packed_release(&((struct domain *)domain)->packed, memory);
}

void allocators_replace(void)
{
    for (int i = 0; i < DOMAINS; i++) {
        struct domain *domain = &domains[i];
        PyMemAllocatorEx packing = {domain, allocate, allocate_zeroed, resize, release}, *usual = &domain->usual;

        PyMem_GetAllocator(domain->name, usual);
        domain->packed = (struct packed){ALIGNMENT, usual->ctx, usual->calloc, usual->realloc, usual->free};
        PyMem_SetAllocator(domain->name, &packing);
    }
}

void allocators_restore(void)
{
    for (int i = 0; i < DOMAINS; i++)
        PyMem_SetAllocator(domains[i].name, &domains[i].usual);
    packed_malloc_end();
}
