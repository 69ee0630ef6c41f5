/* SPDX-License-Identifier: ISC */
/*
 * virtio: entropy, from the processor and from the host's device (VirtIO 1.2, 5.4). Where there are both, the exclusive or
 * of both is as good as the better one.
 */
#include "devices.h"

enum { POOL = 256 };

#define PATIENCE 10000000000ULL

static struct {
    struct transport *transport;
    struct queue queue;
    uint8_t *pool;
    uint32_t left;
} device;

void entropy_attach(struct transport *transport)
{
    if (device.transport)
        return;
    device.transport = transport;
    transport_negotiate(transport, 0);
    const uint16_t size = transport_queue_size(transport, 0, 4);
    transport_queue(transport, 0, size, memory_take(queue_memory(size)), &device.queue);
    device.pool = memory_take(POOL);
    transport_start(transport);
}

static void refill(void)
{
    const struct queue_part part = {(uintptr_t)device.pool, POOL};
    uint16_t head;
    uint32_t length;
    queue_add(&device.queue, &part, 0, 1, &head);
    transport_kick(device.transport, 0, &device.queue);
    if (!transport_await(&device.queue, PATIENCE))
        transport_broken(device.transport, "it had no entropy for ten seconds");
    if (queue_take(&device.queue, &head, &length) != QUEUE_READY)
        transport_broken(device.transport, device.queue.damage);
    if (!length)
        transport_broken(device.transport, "it answered with nothing");
    device.left = length;
}

/* Nothing is handed out twice. */
static uint8_t next_octet(void)
{
    if (!device.left)
        refill();
    uint8_t *at = &device.pool[--device.left];
    const uint8_t octet = *at;
    *at = 0;
    return octet;
}

size_t solo5_entropy(void *buf, size_t size)
{
    const bool processor = entropy_from_processor(buf, size) == size;
    if (!device.transport)
        return processor ? size : 0;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buf)[i] = (uint8_t)((processor ? ((uint8_t *)buf)[i] : 0) ^ next_octet());
    return size;
}
