/* SPDX-License-Identifier: ISC */
/* virtio: devices with memory-mapped registers (VirtIO 1.2, 4.2), version 2 and legacy version 1. */
#include "transport.h"

enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SELECT = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SELECT = 0x024,
    LEGACY_PAGE_SIZE = 0x028,
    QUEUE_SELECT = 0x030,
    QUEUE_SIZE_MAX = 0x034,
    QUEUE_SIZE = 0x038,
    LEGACY_QUEUE_ALIGN = 0x03c,
    LEGACY_QUEUE_PAGE = 0x040,
    QUEUE_READY_REGISTER = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACKNOWLEDGE = 0x064,
    STATUS = 0x070,
    QUEUE_DESCRIPTORS = 0x080,
    QUEUE_AVAILABLE = 0x090,
    QUEUE_USED = 0x0a0,
    CONFIGURATION = 0x100,
    SIZE = 0x200,
};

#define MAGIC_VALUE 0x74726976 /* "virt" */

static uint32_t get(struct transport *transport, uint32_t at)
{
    return transport->registers[at / 4];
}

static void put(struct transport *transport, uint32_t at, uint32_t value)
{
    transport->registers[at / 4] = value;
}

static uint64_t features(struct transport *transport)
{
    put(transport, DEVICE_FEATURES_SELECT, 1);
    const uint64_t high = get(transport, DEVICE_FEATURES);
    put(transport, DEVICE_FEATURES_SELECT, 0);
    return high << 32 | get(transport, DEVICE_FEATURES);
}

static void accept(struct transport *transport, uint64_t accepted)
{
    put(transport, DRIVER_FEATURES_SELECT, 1);
    put(transport, DRIVER_FEATURES, (uint32_t)(accepted >> 32));
    put(transport, DRIVER_FEATURES_SELECT, 0);
    put(transport, DRIVER_FEATURES, (uint32_t)accepted);
}

static void legacy_accept(struct transport *transport, uint64_t accepted)
{
    put(transport, LEGACY_PAGE_SIZE, PAGE_SIZE);
    accept(transport, accepted);
}

static uint8_t status(struct transport *transport)
{
    return (uint8_t)get(transport, STATUS);
}

static void set_status(struct transport *transport, uint8_t value)
{
    put(transport, STATUS, value);
}

static uint32_t queue_size(struct transport *transport, uint16_t number)
{
    put(transport, QUEUE_SELECT, number);
    return get(transport, QUEUE_SIZE_MAX);
}

static void put64(struct transport *transport, uint32_t at, const void *pointer)
{
    put(transport, at, (uint32_t)(uintptr_t)pointer);
    put(transport, at + 4, (uint32_t)((uintptr_t)pointer >> 32));
}

static void queue_enable(struct transport *transport, uint16_t number, const struct queue *queue)
{
    put(transport, QUEUE_SELECT, number);
    put(transport, QUEUE_SIZE, queue->size);
    put64(transport, QUEUE_DESCRIPTORS, queue->descriptors);
    put64(transport, QUEUE_AVAILABLE, queue->available);
    put64(transport, QUEUE_USED, queue->used);
    put(transport, QUEUE_READY_REGISTER, 1);
}

static void legacy_queue_enable(struct transport *transport, uint16_t number, const struct queue *queue)
{
    put(transport, QUEUE_SELECT, number);
    put(transport, QUEUE_SIZE, queue->size);
    put(transport, LEGACY_QUEUE_ALIGN, QUEUE_ALIGNMENT);
    put(transport, LEGACY_QUEUE_PAGE, (uint32_t)((uintptr_t)queue->descriptors / PAGE_SIZE));
}

static void kick(struct transport *transport, uint16_t number)
{
    put(transport, QUEUE_NOTIFY, number);
}

static uint32_t read(struct transport *transport, uint32_t offset, uint32_t width)
{
    const volatile uint8_t *at = (volatile uint8_t *)transport->registers + CONFIGURATION + offset;
    return width == 1 ? *at : width == 2 ? *(const volatile uint16_t *)at : *(const volatile uint32_t *)at;
}

static void quiet(struct transport *transport)
{
    put(transport, INTERRUPT_ACKNOWLEDGE, get(transport, INTERRUPT_STATUS));
}

static const struct transport_kind modern = {
    .features = features,
    .accept = accept,
    .status = status,
    .set_status = set_status,
    .queue_size = queue_size,
    .queue_enable = queue_enable,
    .kick = kick,
    .read = read,
    .quiet = quiet,
};

static const struct transport_kind legacy = {
    .legacy = true,
    .features = features,
    .accept = legacy_accept,
    .status = status,
    .set_status = set_status,
    .queue_size = queue_size,
    .queue_enable = legacy_queue_enable,
    .kick = kick,
    .read = read,
    .quiet = quiet,
};

/* An empty slot has device 0. */
static void probe(uint64_t address, uint32_t line)
{
    volatile uint32_t *registers = memory_map(address, SIZE, false);
    const uint32_t version = registers[VERSION / 4], type = registers[DEVICE_ID / 4];
    if (registers[MAGIC / 4] != MAGIC_VALUE || (version != 1 && version != 2))
        return;
    if (type < DEVICE_NET || type > DEVICE_ENTROPY)
        return;
    struct transport *transport = transport_new(version == 2 ? &modern : &legacy, (enum device_type)type, "", address);
    if (!transport)
        return;
    transport->registers = registers;
    interrupts_route(line, transport->vector);
}

/* By address, as QEMU and Firecracker count; the tables of ACPI may count otherwise. */
static void sort(void)
{
    struct mmio_word *words = machine_words.mmio;
    for (uint32_t i = 1; i < machine_words.mmio_count; i++)
        for (uint32_t at = i; at && words[at - 1].address > words[at].address; at--) {
            const struct mmio_word word = words[at];
            words[at] = words[at - 1];
            words[at - 1] = word;
        }
}

void mmio_scan(void)
{
    sort();
    for (uint32_t i = 0; i < machine_words.mmio_count; i++)
        probe(machine_words.mmio[i].address, machine_words.mmio[i].interrupt);
}
