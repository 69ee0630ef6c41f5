/* SPDX-License-Identifier: ISC */
/*
 * Addition. What travels beside a frame between us and a TAP interface that has been asked for it: VirtIO 1.2,
 * 5.1.6, the ten octets without "num_buffers", as Linux's IFF_VNET_HDR has them.
 */
#ifndef PYMIRAGE_NET_HEADER_H
#define PYMIRAGE_NET_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct solo5_net_header {
    uint8_t flags;            /* SOLO5_NET_NEEDS_CHECKSUM, SOLO5_NET_CHECKSUM_VALID */
    uint8_t segmentation;     /* enum solo5_net_segmentation */
    uint16_t header_size;     /* octets before the payload that is cut; a hint */
    uint16_t segment_size;    /* payload of each segment */
    uint16_t checksum_start;  /* NEEDS_CHECKSUM: where summing starts ... */
    uint16_t checksum_offset; /* ... and, from there, the field, which holds the pseudo header's sum */
};

_Static_assert(sizeof(struct solo5_net_header) == 10, "VirtIO's network header without num_buffers");

enum { SOLO5_NET_NEEDS_CHECKSUM = 1, SOLO5_NET_CHECKSUM_VALID = 2 };

enum solo5_net_segmentation {
    SOLO5_NET_WHOLE = 0, /* the frame leaves as it is */
    SOLO5_NET_TCP_V4 = 1,
    SOLO5_NET_TCP_V6 = 4,
    SOLO5_NET_ECN = 0x80, /* added to the two before when the first segment has CWR set */
};

/* The longest frame that crosses in one piece: Ethernet's header and an IP packet. */
#define SOLO5_NET_LONGEST (14 + 65535)

/* True when (header) asks nothing of the device. */
static inline bool net_header_is_plain(const struct solo5_net_header *header)
{
    return !header->flags && !header->segmentation;
}

#endif
