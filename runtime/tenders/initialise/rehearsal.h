/* SPDX-License-Identifier: ISC */
/*
 * The platform of a start that is rehearsed: a clock that only waiting moves on, entropy that is none, network devices,
 * of which the tool has the other end of the first (rehearsal_abi.h), and disks of zeros. It stands in for the image's
 * bindings, whatever its target, by a jump at the beginning of each function.
 */
#ifndef PYMIRAGE_REHEARSAL_H
#define PYMIRAGE_REHEARSAL_H

#include <stdint.h>

#include "filter.h"

/* The calls that it makes. */
void rehearsal_filter(struct filter *filter);

/* The wall clock's first time, in seconds since 1970. */
void rehearsal_date(uint64_t seconds);

/* From here on; (ended) is called with the status of the image, or 0 where it would have gone on. */
void rehearsal_begin(const uint64_t *contract, void (*ended)(int status) __attribute__((noreturn)));

/* There shall be none. */
void rehearsal_refuse(void);

#endif
