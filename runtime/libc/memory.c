/* SPDX-License-Identifier: ISC */
/*
 * mmap and its relatives over the pages of the heap. There are no page tables to change: protection is fixed
 * when the image is loaded, and the heap is never executable.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "pages.h"
#include "shim.h"

/* Linux's name for "the caller does not need zeros"; our malloc (musl/src/malloc/pymirage) passes it. */
enum { UNINITIALIZED = 0x4000000 };

static size_t pages_for(size_t length)
{
    return length / PAGE + (length % PAGE != 0);
}

/* mmap: CPython's arenas and interpreter frames, malloc's regions, musl's initial thread. Never a file. */
long memory_map(void *address, size_t length, long flags, long fd)
{
    void *pages;

    (void)address;
    if (fd >= 0 || flags & MAP_FIXED || !(flags & MAP_ANONYMOUS) || !length)
        return fd >= 0 ? -ENODEV : -EINVAL;
    pages = pages_allocate(pages_for(length), !(flags & UNINITIALIZED));
    return pages ? (long)pages : -ENOMEM;
}

/* munmap: the same callers. */
long memory_unmap(void *address, size_t length)
{
    pages_free(address, pages_for(length));
    return 0;
}

/* mremap: realloc() of large blocks. What is added is not cleared: realloc() promises nothing about it. */
long memory_remap(void *old, size_t old_length, size_t new_length, long flags)
{
    size_t have = pages_for(old_length), want = pages_for(new_length);
    void *moved;

    if (!want)
        return -EINVAL;
    if (want < have)
        pages_free((char *)old + want * PAGE, have - want);
    if (want <= have || pages_extend(old, have, want - have, false))
        return (long)old;
    if (!(flags & MREMAP_MAYMOVE) || !(moved = pages_allocate(want, false)))
        return -ENOMEM;
    memcpy(moved, old, have * PAGE);
    pages_free(old, have);
    return (long)moved;
}

/* madvise: only MADV_DONTNEED promises something, zeros at the next reading; the rest are hints. */
long memory_advise(void *address, size_t length, long advice)
{
    if (advice == MADV_DONTNEED)
        memset(address, 0, pages_for(length) * PAGE);
    return 0;
}
