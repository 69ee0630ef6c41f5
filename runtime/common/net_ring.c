/* SPDX-License-Identifier: ISC */
/* One side of a ring of frames: see net_ring.h. */
#include "net_ring.h"

enum { MASK = NET_RING_SIZE - 1 };

static uint64_t record_size(size_t frame)
{
    return (sizeof(struct net_record) + frame + sizeof(struct net_record) - 1) & ~(sizeof(struct net_record) - 1);
}

static struct net_record *record_at(const struct net_ring *ring, uint64_t position)
{
    return (struct net_record *)(ring->octets + (position & MASK));
}

/* Octets before the ring starts again. */
static uint64_t run_at(uint64_t position)
{
    return NET_RING_SIZE - (position & MASK);
}

enum net_ring_state net_ring_reserve(struct net_ring *ring, size_t longest, struct net_record **record)
{
    const uint64_t need = record_size(longest), run = run_at(ring->own);
    const uint64_t skip = run < need ? run : 0;
    const uint64_t used = ring->own - __atomic_load_n(&ring->positions->consumed, __ATOMIC_ACQUIRE);
    if (used > NET_RING_SIZE)
        return NET_RING_BROKEN;
    if (skip + need > NET_RING_SIZE - used)
        return NET_RING_NOT_NOW;
    if (skip) {
        record_at(ring, ring->own)->size = NET_RECORD_WRAP;
        ring->own += skip;
    }
    *record = record_at(ring, ring->own);
    return NET_RING_READY;
}

void net_ring_publish(struct net_ring *ring, struct net_record *record, size_t size)
{
    record->size = (uint32_t)size;
    ring->own += record_size(size);
    __atomic_store_n(&ring->positions->produced, ring->own, __ATOMIC_RELEASE);
}

enum net_ring_state net_ring_look(struct net_ring *ring, const struct net_record **record, size_t *size)
{
    const uint64_t produced = __atomic_load_n(&ring->positions->produced, __ATOMIC_ACQUIRE);
    uint64_t filled = produced - ring->own;
    if (!filled)
        return NET_RING_NOT_NOW;
    if (filled > NET_RING_SIZE || filled % sizeof(struct net_record))
        return NET_RING_BROKEN;
    uint32_t claimed = __atomic_load_n(&record_at(ring, ring->own)->size, __ATOMIC_RELAXED);
    if (claimed == NET_RECORD_WRAP && run_at(ring->own) < filled) {
        filled -= run_at(ring->own);
        ring->own += run_at(ring->own);
        claimed = __atomic_load_n(&record_at(ring, ring->own)->size, __ATOMIC_RELAXED);
    }
    const uint64_t run = run_at(ring->own), limit = run < filled ? run : filled;
    if (claimed > SOLO5_NET_LONGEST || record_size(claimed) > limit)
        return NET_RING_BROKEN;
    *record = record_at(ring, ring->own);
    *size = claimed;
    return NET_RING_READY;
}

void net_ring_release(struct net_ring *ring, size_t size)
{
    ring->own += record_size(size);
    __atomic_store_n(&ring->positions->consumed, ring->own, __ATOMIC_RELEASE);
}
