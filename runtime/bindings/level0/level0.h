/* SPDX-License-Identifier: ISC */
/*
 * A processor at privilege level 0, for images that nobody prepared one for: virtio always, hvt under Solo5's tender.
 * Descriptor tables, and the reports of machine faults (Intel SDM volume 3, chapters 6 and 8.7).
 */
#ifndef PYMIRAGE_LEVEL0_H
#define PYMIRAGE_LEVEL0_H

#include <stdbool.h>

#include "fault_report.h"

/* Vectors 0 to 31 are the processor's own; the others are for interrupts. */
enum { FIRST_INTERRUPT = 32, VECTORS = 64 };

/* What a stub pushes, and the processor before it. */
struct trap {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error_code, rip, cs, rflags, rsp, ss;
};

/* What is in the way of a fault's report: returns true when the instruction is to be tried again. NULL: nothing. */
typedef bool level0_resolve(const struct trap *trap, uint64_t address);

/* Loads the tables. (interrupt) is called for the vectors from FIRST_INTERRUPT on; NULL when none is expected. */
void level0_init(level0_resolve *resolve, void (*interrupt)(uint64_t vector));

/* Names of functions for the reports; none at first. */
void level0_symbols(const struct symbols *symbols);

#endif
