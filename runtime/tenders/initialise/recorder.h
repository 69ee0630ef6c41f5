/* SPDX-License-Identifier: ISC */
/*
 * Notes which pages of memory are written to: they become read-only, and the first write to each is a fault, which
 * notes the page and lets the write happen.
 */
#ifndef PYMIRAGE_RECORDER_H
#define PYMIRAGE_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "filter.h"

/* Takes over faults, but for those that are not its own; before the filter. */
void recorder_prepare(void);

/* The calls that it makes. */
void recorder_filter(struct filter *filter);

/* Begins with the pages of [start, end), which are readable and writable. */
void recorder_watch(uint64_t start, uint64_t end);

/* The addresses of the pages so far, in the order of the writes. */
const uint64_t *recorder_pages(size_t *count);

#endif
