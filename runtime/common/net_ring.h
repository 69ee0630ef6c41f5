/* SPDX-License-Identifier: ISC */
/*
 * One side of a ring of frames (net_ring_abi.h): the same for guest and tender. Neither trusts the other: a side
 * keeps its own position where the other cannot write it, and checks what it reads, once, before it uses it.
 */
#ifndef PYMIRAGE_NET_RING_H
#define PYMIRAGE_NET_RING_H

#include "net_ring_abi.h"

struct net_ring {
    struct net_ring_positions *positions;
    uint8_t *octets;
    uint64_t own; /* the position that this side advances */
};

enum net_ring_state {
    NET_RING_READY,
    NET_RING_NOT_NOW, /* full for the producer, empty for the consumer */
    NET_RING_BROKEN,  /* the other side wrote nonsense */
};

/* Producer: room for a frame of up to (longest) octets at (*record). Nothing has happened until net_ring_publish. */
enum net_ring_state net_ring_reserve(struct net_ring *ring, size_t longest, struct net_record **record);

/* Producer: the frame of (size) octets is in the record that was reserved. */
void net_ring_publish(struct net_ring *ring, struct net_record *record, size_t size);

/* Consumer: the next frame. (*size) is good; the record's own field may change at any time. */
enum net_ring_state net_ring_look(struct net_ring *ring, const struct net_record **record, size_t *size);

/* Consumer: done with the frame of (size) octets. */
void net_ring_release(struct net_ring *ring, size_t size);

#endif
