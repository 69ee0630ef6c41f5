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

/* net_rings.c: frames through shared memory, when the tender offers it (net_ring_abi.h). */
void net_rings_init(const struct hvt_boot_info *boot);
bool net_rings_used(void);
solo5_result_t net_rings_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                              size_t size);
solo5_result_t net_rings_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                 size_t *read_size);

/* solo5_yield with rings. */
void net_rings_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set);

extern solo5_handle_set_t net_headers;

#endif
