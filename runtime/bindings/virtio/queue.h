/* SPDX-License-Identifier: ISC */
/*
 * One split virtqueue, the driver's side (VirtIO 1.2, 2.7). Knows nothing of machines, so it also compiles on a host.
 *
 * The device shares the rings and is not trusted: which descriptors are free, how they are chained and what the device
 * may write is kept where it cannot reach, and what it says is checked against that before it is used.
 */
#ifndef PYMIRAGE_VIRTIO_QUEUE_H
#define PYMIRAGE_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct queue_available {
    uint16_t flags, index, ring[];
};

struct queue_used {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[];
};

/* What is ours alone, one for each descriptor. */
struct queue_chain {
    uint32_t writable; /* in a chain's first: octets that the device may write; */
    uint16_t count;    /* and how many descriptors there are; 0 unless the device has the chain */
    uint16_t next;
};

struct queue {
    uint16_t size;
    bool event_index;
    struct queue_descriptor *descriptors;
    struct queue_available *available;
    struct queue_used *used;
    struct queue_chain *chains;
    uint16_t free, free_count;
    uint16_t available_index, announced_index, used_index;
    const char *damage; /* what the device did wrong, after QUEUE_BROKEN */
};

struct queue_part {
    uint64_t address; /* physical */
    uint32_t length;
};

enum queue_state {
    QUEUE_READY,
    QUEUE_NOT_NOW,
    QUEUE_BROKEN, /* the device wrote nonsense */
};

enum { QUEUE_LARGEST = 1024, QUEUE_ALIGNMENT = 4096 };

/* The largest power of two that both sides can do; 0 when the device offers none. */
uint16_t queue_size_for(uint32_t offered, uint32_t wanted);

/* Octets that a queue needs, for both sides' parts, with the layout that also devices before VirtIO 1.0 know (2.7.2). */
size_t queue_memory(uint16_t size);

/* Prepares an empty queue in zeroed memory, aligned to QUEUE_ALIGNMENT. */
void queue_init(struct queue *queue, uint16_t size, void *memory, bool event_index);

/* Hands over a chain, first (out) parts that the device reads, then (in) parts that it writes. False: no room. */
bool queue_add(struct queue *queue, const struct queue_part *parts, unsigned out, unsigned in, uint16_t *head);

/* Whether the device wants to hear of what was added since this was last asked. */
bool queue_wants_kick(struct queue *queue);

/* True when the device has given something back. */
bool queue_has(const struct queue *queue);

/* Whether the device says that it has done all that it was told of: a hint, as it may say anything. */
bool queue_rests(const struct queue *queue);

/* Takes back a chain; (*length) is what the device wrote, never more than it was allowed to. */
enum queue_state queue_take(struct queue *queue, uint16_t *head, uint32_t *length);

/* Whether the device shall interrupt when it gives something back. Look once more after switching it on. */
void queue_interrupts(struct queue *queue, bool wanted);

#endif
