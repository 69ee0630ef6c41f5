/* SPDX-License-Identifier: ISC */
/* What the files of the hvt bindings share. */
#ifndef PYMIRAGE_BINDINGS_HVT_H
#define PYMIRAGE_BINDINGS_HVT_H

#include "bindings.h"
#include "hvt_abi.h"

/* Calls the tender. (argument) must lie below 4 GiB: the port takes 32 bits. It does, on the image's stack. */
static inline void hypercall(enum hvt_hypercall number, void *argument)
{
    __asm__ volatile("outl %0, %1"
                     :
                     : "a"((uint32_t)(uintptr_t)argument), "d"((uint16_t)(HVT_HYPERCALL_PIO_BASE + number))
                     : "memory");
}

/*
 * Our tender runs the image at privilege level 3, Solo5's at level 0. At level 0 the image may use
 * privileged instructions, and must: nobody else prepares for its faults.
 */
static inline bool at_level_0(void)
{
    uint16_t cs;
    __asm__("movw %%cs, %0" : "=r"(cs));
    return (cs & 3) == 0;
}

void time_init(uint64_t frequency);
void fault_init(void);

extern bool block_flush_offered;

#endif
