/* SPDX-License-Identifier: ISC */
/*
 * hvt: what a guest under hardware virtualisation and its tender say to each other.
 *
 * Solo5's hvt ABI, version 2, x86-64. The guest writes the 32-bit address of a structure to an I/O
 * port; the port's number says which call; the tender answers in the structure before the guest runs on.
 */
#ifndef PYMIRAGE_HVT_ABI_H
#define PYMIRAGE_HVT_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "elf_abi.h"

#define HVT_ABI_VERSION 2
#define HVT_GUEST_MIN_BASE 0x100000UL /* nothing of an image lies below */
#define HVT_CMDLINE_SIZE 8192         /* terminator included */
#define HVT_HYPERCALL_PIO_BASE 0x500

/* Guest addresses are integers here, so that a tender cannot follow one by mistake. */
typedef uint64_t hvt_address;

/* _start receives its address. */
struct hvt_boot_info {
    uint64_t mem_size;       /* octets of memory from address 0 */
    uint64_t kernel_end;     /* first address after the image */
    uint64_t cpu_cycle_freq; /* Hz of the time-stamp counter */
    hvt_address cmdline;
    hvt_address mft;

    /*
     * Not in every tender: present when the manifest begins after it (see hvt_boot_info_is_long). Tenders
     * place the manifest right behind the structure they know.
     */
    uint32_t host_features;
    uint32_t guest_features;
    hvt_address net_ring; /* Solo5's network ring; 0 under our tender, and unused by our guests */

    /* Addition, in a structure that is longer still. */
    hvt_address net_rings; /* net_ring_abi.h; 0 when there are none */
    uint64_t net_headers;  /* set of network devices that have offloads */
};

/* Addition: the tender answers HVT_HYPERCALL_BLOCK_FLUSH. Solo5 numbers its own features from bit 0. */
#define HVT_FEATURE_BLOCK_FLUSH (1U << 24)

/* Our tender's structure, with everything. */
static inline _Bool hvt_boot_info_is_long(const struct hvt_boot_info *info)
{
    return info->mft >= (hvt_address)(uintptr_t)info + sizeof *info;
}

enum hvt_hypercall {
    HVT_HYPERCALL_WALLTIME = 1,
    HVT_HYPERCALL_PUTS,
    HVT_HYPERCALL_POLL,
    HVT_HYPERCALL_BLOCK_WRITE,
    HVT_HYPERCALL_BLOCK_READ,
    HVT_HYPERCALL_NET_WRITE,
    HVT_HYPERCALL_NET_READ,
    HVT_HYPERCALL_HALT,
    /* Additions; far from Solo5's numbers. */
    HVT_HYPERCALL_BLOCK_FLUSH = 0x40,
    HVT_HYPERCALL_NET_OFFLOAD,
    HVT_HYPERCALL_NET_SERVE, /* no argument: send what is in the rings to the host, now */
    HVT_HYPERCALL_NET_KICK,  /* no argument: there is something in them; most KVMs make no exit of it */
};

struct hvt_hc_walltime {
    uint64_t nsecs; /* out */
};

struct hvt_hc_puts {
    hvt_address data;
    uint64_t len;
};

struct hvt_hc_poll {
    uint64_t timeout_nsecs; /* from now */
    uint64_t ready_set;     /* out */
    int32_t ret;            /* out: how many are ready */
};

/* Block transfers (both directions), network write and network read share a shape in the published ABI. */
struct hvt_hc_block {
    uint64_t handle;
    uint64_t offset;
    hvt_address data;
    uint64_t len;
    int32_t ret; /* out: solo5_result_t */
};

struct hvt_hc_net {
    uint64_t handle;
    hvt_address data;
    uint64_t len; /* read: in the room, out the length of the frame */
    int32_t ret;  /* out: solo5_result_t */
};

struct hvt_hc_block_flush {
    uint64_t handle;
    int32_t ret; /* out: solo5_result_t */
};

struct hvt_hc_net_offload {
    uint64_t handle;
    uint32_t wanted;
    int32_t ret; /* out: solo5_result_t */
};

struct hvt_hc_halt {
    hvt_address cookie; /* 0, or HVT_HALT_COOKIE_MAX octets that help a debugger */
    int32_t exit_status;
};

#define HVT_HALT_COOKIE_MAX 512

#endif
