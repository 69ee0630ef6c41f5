/* SPDX-License-Identifier: ISC */
/*
 * virtio: the console: a virtio console (VirtIO 1.2, 5.3) where there is one, the serial port elsewhere; console= on the
 * command line decides otherwise. What is wrong before the devices are known is said on the serial port.
 */
#include "devices.h"

enum { TRANSMIT = 1, BUFFER = 4096 };

#define PATIENCE 10000000000ULL /* ns: a busy host may be so late */

static struct {
    struct transport *transport;
    struct queue queue;
    char *buffer;
} device;

void console_attach(struct transport *transport)
{
    if (device.transport)
        return;
    transport_negotiate(transport, 0);
    for (uint16_t i = 0; i <= TRANSMIT; i++) {
        const uint16_t size = transport_queue_size(transport, i, 4);
        transport_queue(transport, i, size, memory_take(queue_memory(size)), &device.queue);
    }
    device.buffer = memory_take(BUFFER);
    transport_start(transport);
    device.transport = transport;
}

/* A host that does not read loses what is written: the console is best effort. */
static void write_device(const char *buf, size_t size)
{
    memcpy(device.buffer, buf, size);
    const struct queue_part part = {(uintptr_t)device.buffer, (uint32_t)size};
    uint16_t head;
    uint32_t length;
    if (!queue_add(&device.queue, &part, 1, 0, &head))
        return;
    transport_kick(device.transport, TRANSMIT, &device.queue);
    if (!transport_await(&device.queue, PATIENCE) || queue_take(&device.queue, &head, &length) != QUEUE_READY)
        device.transport = NULL;
}

void solo5_console_write(const char *buf, size_t size)
{
    while (device.transport && size) {
        const size_t part = size < BUFFER ? size : BUFFER;
        write_device(buf, part);
        buf += part;
        size -= part;
    }
    if (size)
        serial_write(buf, size);
}
