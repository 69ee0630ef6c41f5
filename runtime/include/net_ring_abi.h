/* SPDX-License-Identifier: ISC */
/*
 * Addition. hvt: frames in memory that guest and tender share, so that a frame costs no exit. It lies outside the
 * guest's memory_size, at HVT_NET_RINGS_BASE: for each network device of the manifest, in order, a struct
 * net_rings. A ring is octets, not slots: a record, with its frame behind it, is as long as the frame.
 *
 * The guest's notices reach the tender through HVT_HYPERCALL_NET_KICK, which ends in an eventfd and not in an
 * exit, and are only needed while the tender says that it sleeps. The tender sends none: a guest looks at its
 * rings whenever it yields, and asks to be woken (HVT_HYPERCALL_POLL) when it has nothing else to do.
 */
#ifndef PYMIRAGE_NET_RING_ABI_H
#define PYMIRAGE_NET_RING_ABI_H

#include "net_header.h"

#define HVT_NET_RINGS_BASE 0x140000000UL
#define NET_RING_SIZE 0x100000U /* a power of two, and several of the longest frames */

/* Octets ever produced and consumed; each is written by one side only, so each has its own cache line. */
struct net_ring_positions {
    _Alignas(64) uint64_t produced;
    _Alignas(64) uint64_t consumed;
};

struct net_rings {
    struct net_ring_positions to_guest, to_host;
    _Alignas(64) uint32_t host_sleeps; /* of the first device only: kick after producing */
    uint32_t host_failed;              /* the interface is gone: nothing more will come */
    _Alignas(4096) uint8_t to_guest_octets[NET_RING_SIZE];
    uint8_t to_host_octets[NET_RING_SIZE];
};

/* At a multiple of its own size; the frame follows, and the next record at the next such multiple. */
struct net_record {
    uint32_t size; /* of the frame, or NET_RECORD_WRAP: go on at the ring's start */
    uint16_t reserved;
    struct solo5_net_header header;
    uint8_t frame[];
};

#define NET_RECORD_WRAP UINT32_MAX

_Static_assert(sizeof(struct net_record) == 16, "a record's header lies right before its frame");
_Static_assert(sizeof(struct net_rings) % 4096 == 0, "whole pages");

#endif
