/* SPDX-License-Identifier: ISC */
/* The second thread, which serves the rings of a guest that is busy. */
#ifndef PYMIRAGE_NET_THREAD_H
#define PYMIRAGE_NET_THREAD_H

#include "filter.h"
#include "hvt.h"

/* Opens what it waits for; before the filter. */
void net_thread_prepare(const struct vm *vm);

/* Starts it, with the privileges that are left. */
void net_thread_start(void);

/* The calls that only it makes. */
void net_thread_filter(struct filter *filter);

#endif
