/* SPDX-License-Identifier: ISC */
/*
 * What is free in CPython's allocator of small objects (Objects/obmalloc.c) becomes zero: stale octets would be pages
 * of the image's file. Free blocks keep the link to the next at their start, free pools their header, save for those
 * behind the last pool in use, which become as if they had never been.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_interp.h>
#include <internal/pycore_obmalloc.h>
#include <internal/pycore_pystate.h>

#include "initialise.h"

/* Of no class: whoever takes the pool lays it out anew, instead of using the list of free blocks again. */
static void clear_free_pool(struct pool_header *pool, struct arena_object *arena)
{
    uint arena_index = pool->arenaindex;

    memset(pool, 0, POOL_SIZE);
    pool->arenaindex = arena_index;
    pool->szidx = DUMMY_SIZE_IDX;
    pool->nextpool = arena->freepools;
    arena->freepools = pool;
}

static void clear_pool(struct pool_header *pool)
{
    size_t size = INDEX2SIZE(pool->szidx);

    for (pymem_block *block = pool->freeblock; block; block = *(pymem_block **)block)
        memset(block + sizeof(pymem_block *), 0, size - sizeof(pymem_block *));
    if (pool->nextoffset < POOL_SIZE)
        memset((char *)pool + pool->nextoffset, 0, POOL_SIZE - pool->nextoffset);
}

/* From the last pool to the first, so that the list of free ones begins with the first. */
static void clear_arena(struct arena_object *arena)
{
    uintptr_t start = (arena->address + POOL_SIZE_MASK) & ~(uintptr_t)POOL_SIZE_MASK;
    uintptr_t end = (uintptr_t)arena->pool_address;
    bool behind_last = true;

    arena->freepools = NULL;
    for (uintptr_t at = end - POOL_SIZE; at >= start; at -= POOL_SIZE) {
        struct pool_header *pool = (struct pool_header *)at;

        behind_last &= pool->ref.count == 0;
        if (pool->ref.count) {
            clear_pool(pool);
        } else if (behind_last) {
            memset(pool, 0, POOL_SIZE);
            arena->pool_address = (pymem_block *)pool;
        } else {
            clear_free_pool(pool, arena);
        }
    }
}

static bool has_empty_arena(const struct _obmalloc_mgmt *management)
{
    for (unsigned i = 0; i < management->maxarenas; i++)
        if (management->arenas[i].address && management->arenas[i].nfreepools == management->arenas[i].ntotalpools)
            return true;
    return false;
}

/*
 * Of empty arenas CPython keeps one, that with the highest address as likely as not: the image would end behind it, and
 * need so much memory. When all there are have been filled, the next is mapped where there is room before that; once it
 * is the one that is kept, the others go.
 */
static void move_empty_arena(const struct _obmalloc_mgmt *management)
{
    const size_t before = management->narenas_currently_allocated;
    void **blocks = NULL, **block;

    if (!has_empty_arena(management))
        return;
    while ((block = PyObject_Malloc(SMALL_REQUEST_THRESHOLD)) && management->narenas_currently_allocated == before) {
        *block = blocks;
        blocks = block;
    }
    PyObject_Free(block);
    while (blocks) {
        block = blocks;
        blocks = *block;
        PyObject_Free(block);
    }
}

void arenas_clear(void)
{
    const struct _obmalloc_mgmt *management = &_PyInterpreterState_GET()->obmalloc->mgmt;
    PyThreadState *thread = _PyThreadState_GET();

    move_empty_arena(management);
    for (unsigned i = 0; i < management->maxarenas; i++)
        if (management->arenas[i].address)
            clear_arena(&management->arenas[i]);
    /* The interpreter's own stack, of which nothing is in use while no Python code runs. */
    if (thread->datastack_top)
        memset(thread->datastack_top, 0, (size_t)((char *)thread->datastack_limit - (char *)thread->datastack_top));
}
