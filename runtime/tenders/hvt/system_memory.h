/* SPDX-License-Identifier: ISC */
/*
 * Memory that belongs to the tender, in the guest's address space but out of its reach: pages for level 0.
 * Descriptor tables and the processor's fault stack come first, page tables after them.
 */
#ifndef PYMIRAGE_SYSTEM_MEMORY_H
#define PYMIRAGE_SYSTEM_MEMORY_H

#include "hvt.h"
#include "memory.h"

enum {
    SYSTEM_DESCRIPTORS = 0x0000, /* GDT, TSS */
    SYSTEM_GATES = 0x1000,       /* IDT */
    SYSTEM_STUBS = 0x2000,       /* one instruction for each vector */
    SYSTEM_STACK_END = 0x4000,   /* one page */
    SYSTEM_TABLES = 0x4000,      /* page tables: one for each 2 MiB of memory and rings at most, a few above them */
    SYSTEM_MAPPED = SYSTEM_TABLES,
    SYSTEM_SIZE = 0x4000 + (2048 + 64) * 0x1000,
};

enum { FAULT_VECTORS = 32 };

/* Builds page tables for (vm): the identity, with each segment's rights; returns the value of CR3. */
uint64_t page_tables_build(struct vm *vm);

/* Builds descriptor tables whose gates stop the processor at the stub of the vector. */
void descriptors_build(struct vm *vm, struct kvm_sregs *registers);

#endif
