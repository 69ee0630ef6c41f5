/* SPDX-License-Identifier: ISC */
/*
 * Says what a machine fault was, where, and with which registers. The processor's own vocabulary
 * (vector, error code, faulting address) is enough on every target: Linux hands it to a signal handler,
 * KVM and a gate at level 0 to ours.
 */
#ifndef PYMIRAGE_FAULT_REPORT_H
#define PYMIRAGE_FAULT_REPORT_H

#include <stdint.h>

#include "symbols.h"
#include "text.h"

struct fault_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15, rip, rflags;
};

struct fault {
    uint64_t vector;     /* Intel SDM volume 3, table 6-1 */
    uint64_t error_code; /* for a page fault: figure 4-12 */
    uint64_t address;    /* CR2: what a page fault could not reach */
    struct fault_registers registers;
    uint64_t guard_start, guard_end; /* the page below the image's stack */
};

/* Writes the report, one line and then the registers, into (text). */
void fault_report(struct text *text, const struct fault *fault, const struct symbols *symbols);

/* The same after what happened: " at rip ...", the function's name, the registers. */
void fault_report_where(struct text *text, const struct fault_registers *registers, const struct symbols *symbols);

#endif
