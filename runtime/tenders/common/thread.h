/* SPDX-License-Identifier: ISC */
/* A second thread of a tender (clone(2)): it shares everything, and has a stack of its own. */
#ifndef PYMIRAGE_THREAD_H
#define PYMIRAGE_THREAD_H

#include <stdint.h>

struct thread {
    uint32_t running; /* the kernel's to clear, when the thread has ended */
    _Alignas(16) uint8_t stack[16384];
};

/*
 * Calls (function) with (argument) in a thread that ends when it returns. Returns a negative error when there can be
 * none. The thread has the privileges and the filter of the moment.
 */
long thread_start(struct thread *thread, void (*function)(void *), void *argument);

/* Waits until a started thread has ended; nothing uses its stack any more. */
void thread_join(const struct thread *thread);

#endif
