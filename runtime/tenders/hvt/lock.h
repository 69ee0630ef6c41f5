/* SPDX-License-Identifier: ISC */
/* A lock between the tender's two threads: free, taken, or taken and wanted (futex(2)). */
#ifndef PYMIRAGE_LOCK_H
#define PYMIRAGE_LOCK_H

#include <linux/futex.h>
#include <stdint.h>

#include "linux.h"

typedef uint32_t lock_t;

enum { LOCK_FREE, LOCK_TAKEN, LOCK_WANTED };

static inline void lock_take(lock_t *lock)
{
    lock_t found = LOCK_FREE;
    if (__atomic_compare_exchange_n(lock, &found, LOCK_TAKEN, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(lock, LOCK_WANTED, __ATOMIC_ACQUIRE) != LOCK_FREE)
        linux_call4(__NR_futex, (long)lock, FUTEX_WAIT_PRIVATE, LOCK_WANTED, 0);
}

static inline void lock_give(lock_t *lock)
{
    if (__atomic_exchange_n(lock, LOCK_FREE, __ATOMIC_RELEASE) == LOCK_WANTED)
        linux_call4(__NR_futex, (long)lock, FUTEX_WAKE_PRIVATE, 1, 0);
}

#endif
