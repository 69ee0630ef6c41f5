/* SPDX-License-Identifier: ISC */
/*
 * A seccomp filter, written as the kernel's BPF (Documentation/userspace-api/seccomp_filter.rst). What no rule
 * allows does not happen. Rules are tried in order, so the frequent ones go first.
 */
#ifndef PYMIRAGE_FILTER_H
#define PYMIRAGE_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

struct filter {
    unsigned length;
    struct sock_filter code[4096]; /* BPF_MAXINSNS */
};

/* Starts an empty filter that refuses every other architecture's system calls. */
void filter_begin(struct filter *filter);

void filter_allow(struct filter *filter, uint32_t call);

/* Allows (call) when its first argument, a descriptor most often, equals (first). */
void filter_allow_first(struct filter *filter, uint32_t call, uint64_t first);

/* ... and its second equals (second). */
void filter_allow_two(struct filter *filter, uint32_t call, uint64_t first, uint64_t second);

/* Allows pread64 or pwrite64 of exactly (size) octets at offsets up to (last) on descriptor (fd). */
void filter_allow_transfer(struct filter *filter, uint32_t call, int fd, uint64_t size, uint64_t last);

enum filter_refusal {
    FILTER_KILLS,  /* a refused call ends the process */
    FILTER_SIGNALS /* ... raises SIGSYS, so that a handler can say which call it was */
};

/* Puts the filter into force, for good. */
void filter_install(struct filter *filter, enum filter_refusal refusal);

#endif
