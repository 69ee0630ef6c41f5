/* SPDX-License-Identifier: ISC */
/* virtio: devices on PCI (VirtIO 1.2, 4.1), modern where they can, legacy (4.1.4.10) where they must. */
#include "pci.h"
#include "transport.h"

enum { VENDOR_VIRTIO = 0x1af4, FIRST_TRANSITIONAL = 0x1000, FIRST_MODERN = 0x1040, BEHIND = 0x1080 };
enum { SUBSYSTEM = 0x2e, CAPABILITY_VENDOR = 9, NO_VECTOR = 0xffff };

/* --- Modern: structures in memory, found by capabilities (4.1.4) -------------------------------- */

enum { COMMON = 1, NOTIFY = 2, INTERRUPT = 3, DEVICE = 4 };

enum { /* 4.1.4.3 */
    DEVICE_FEATURE_SELECT = 0,
    DEVICE_FEATURE = 4,
    DRIVER_FEATURE_SELECT = 8,
    DRIVER_FEATURE = 12,
    DEVICE_STATUS = 20,
    QUEUE_SELECT = 22,
    QUEUE_SIZE = 24,
    QUEUE_VECTOR = 26,
    QUEUE_ENABLE = 28,
    QUEUE_NOTIFY_OFFSET = 30,
    QUEUE_DESCRIPTORS = 32,
    QUEUE_AVAILABLE = 40,
    QUEUE_USED = 48,
    COMMON_SIZE = 56,
};

enum { DEVICE_SIZE = 64, NOTIFY_SIZE = 4096 };

static void put16(struct transport *transport, uint32_t at, uint16_t value)
{
    *(volatile uint16_t *)(transport->common + at) = value;
}

static void put32(struct transport *transport, uint32_t at, uint32_t value)
{
    *(volatile uint32_t *)(transport->common + at) = value;
}

static uint32_t get32(struct transport *transport, uint32_t at)
{
    return *(volatile uint32_t *)(transport->common + at);
}

static void put_address(struct transport *transport, uint32_t at, const void *pointer)
{
    put32(transport, at, (uint32_t)(uintptr_t)pointer);
    put32(transport, at + 4, (uint32_t)((uintptr_t)pointer >> 32));
}

static uint64_t features(struct transport *transport)
{
    put32(transport, DEVICE_FEATURE_SELECT, 0);
    const uint64_t low = get32(transport, DEVICE_FEATURE);
    put32(transport, DEVICE_FEATURE_SELECT, 1);
    return low | (uint64_t)get32(transport, DEVICE_FEATURE) << 32;
}

static void accept(struct transport *transport, uint64_t accepted)
{
    put32(transport, DRIVER_FEATURE_SELECT, 0);
    put32(transport, DRIVER_FEATURE, (uint32_t)accepted);
    put32(transport, DRIVER_FEATURE_SELECT, 1);
    put32(transport, DRIVER_FEATURE, (uint32_t)(accepted >> 32));
}

static uint8_t status(struct transport *transport)
{
    return transport->common[DEVICE_STATUS];
}

static void set_status(struct transport *transport, uint8_t value)
{
    transport->common[DEVICE_STATUS] = value;
}

static uint32_t queue_size(struct transport *transport, uint16_t number)
{
    put16(transport, QUEUE_SELECT, number);
    return *(volatile uint16_t *)(transport->common + QUEUE_SIZE);
}

static void queue_enable(struct transport *transport, uint16_t number, const struct queue *queue)
{
    put16(transport, QUEUE_SELECT, number);
    put16(transport, QUEUE_SIZE, queue->size);
    put_address(transport, QUEUE_DESCRIPTORS, queue->descriptors);
    put_address(transport, QUEUE_AVAILABLE, queue->available);
    put_address(transport, QUEUE_USED, queue->used);
    const uint32_t offset = *(volatile uint16_t *)(transport->common + QUEUE_NOTIFY_OFFSET) * transport->notify_multiplier;
    if (offset > NOTIFY_SIZE - sizeof(uint16_t))
        transport_broken(transport, "a queue is notified outside of its registers");
    transport->kick_offset[number & 3] = offset;
    if (transport->messages)
        put16(transport, QUEUE_VECTOR, 0);
    put16(transport, QUEUE_ENABLE, 1);
}

static void kick(struct transport *transport, uint16_t number)
{
    *(volatile uint16_t *)(transport->notify + transport->kick_offset[number & 3]) = number;
}

static uint32_t read(struct transport *transport, uint32_t offset, uint32_t width)
{
    if (!transport->device)
        transport_broken(transport, "it has no configuration");
    volatile uint8_t *at = transport->device + offset;
    return width == 1 ? *at : width == 2 ? *(volatile uint16_t *)at : *(volatile uint32_t *)at;
}

static void quiet(struct transport *transport)
{
    if (transport->line)
        (void)*transport->interrupt_status; /* reading it is the acknowledgment (4.1.4.5) */
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

/* The structure of a kind, of at least (least) octets: where (size) octets of it lie; NULL when the device has none. */
static volatile uint8_t *structure(pci_function function, uint32_t kind, uint32_t least, uint32_t size,
                                   uint32_t *capability)
{
    for (uint32_t at = pci_capability(function, CAPABILITY_VENDOR, 0); at;
         at = pci_capability(function, CAPABILITY_VENDOR, at)) {
        if (pci_read(function, at + 3, 1) != kind)
            continue;
        if (pci_read(function, at + 12, 4) < least)
            continue;
        volatile uint8_t *found = pci_map(function, pci_read(function, at + 4, 1), pci_read(function, at + 8, 4), size);
        if (!found)
            continue;
        *capability = at;
        return found;
    }
    return NULL;
}

static void add_modern(pci_function function, enum device_type type, volatile uint8_t *common)
{
    uint32_t at = 0;
    volatile uint8_t *notify = structure(function, NOTIFY, sizeof(uint16_t), NOTIFY_SIZE, &at);
    struct transport *transport = notify ? transport_new(&modern, type, "pci ", function >> 12) : NULL;
    if (!transport)
        return;
    transport->common = common;
    transport->notify = notify;
    transport->notify_multiplier = pci_read(function, at + 16, 4);
    transport->device = structure(function, DEVICE, 1, DEVICE_SIZE, &at);
    transport->interrupt_status = structure(function, INTERRUPT, 1, 1, &at);
    transport->messages = pci_messages(function, transport->vector);
    if (!transport->messages)
        transport_share_line(transport, transport->interrupt_status ? pci_line(function) : 0);
}

/* --- Legacy: ports (4.1.4.10) -------------------------------------------------------------------- */

enum {
    LEGACY_DEVICE_FEATURES = 0,
    LEGACY_DRIVER_FEATURES = 4,
    LEGACY_QUEUE_PAGE = 8,
    LEGACY_QUEUE_SIZE = 12,
    LEGACY_QUEUE_SELECT = 14,
    LEGACY_QUEUE_NOTIFY = 16,
    LEGACY_STATUS = 18,
    LEGACY_INTERRUPT_STATUS = 19,
    LEGACY_QUEUE_VECTOR = 22,
    LEGACY_CONFIGURATION = 20,
    LEGACY_CONFIGURATION_MESSAGES = 24,
};

static uint16_t port_of(const struct transport *transport, uint32_t at)
{
    return (uint16_t)(transport->port + at);
}

static uint64_t legacy_features(struct transport *transport)
{
    return in32(port_of(transport, LEGACY_DEVICE_FEATURES));
}

static void legacy_accept(struct transport *transport, uint64_t accepted)
{
    out32(port_of(transport, LEGACY_DRIVER_FEATURES), (uint32_t)accepted);
}

static uint8_t legacy_status(struct transport *transport)
{
    return in8(port_of(transport, LEGACY_STATUS));
}

static void legacy_set_status(struct transport *transport, uint8_t value)
{
    out8(port_of(transport, LEGACY_STATUS), value);
}

static uint32_t legacy_queue_size(struct transport *transport, uint16_t number)
{
    out16(port_of(transport, LEGACY_QUEUE_SELECT), number);
    return in16(port_of(transport, LEGACY_QUEUE_SIZE));
}

static void legacy_queue_enable(struct transport *transport, uint16_t number, const struct queue *queue)
{
    out16(port_of(transport, LEGACY_QUEUE_SELECT), number);
    if (transport->messages)
        out16(port_of(transport, LEGACY_QUEUE_VECTOR), 0);
    out32(port_of(transport, LEGACY_QUEUE_PAGE), (uint32_t)((uintptr_t)queue->descriptors / PAGE_SIZE));
}

static void legacy_kick(struct transport *transport, uint16_t number)
{
    out16(port_of(transport, LEGACY_QUEUE_NOTIFY), number);
}

static void legacy_quiet(struct transport *transport)
{
    if (transport->line)
        in8(port_of(transport, LEGACY_INTERRUPT_STATUS));
}

static uint32_t legacy_read(struct transport *transport, uint32_t offset, uint32_t width)
{
    const uint32_t start = transport->messages ? LEGACY_CONFIGURATION_MESSAGES : LEGACY_CONFIGURATION;
    const uint16_t port = port_of(transport, start + offset);
    return width == 1 ? in8(port) : width == 2 ? in16(port) : in32(port);
}

static const struct transport_kind legacy = {
    .legacy = true,
    .features = legacy_features,
    .accept = legacy_accept,
    .status = legacy_status,
    .set_status = legacy_set_status,
    .queue_size = legacy_queue_size,
    .queue_enable = legacy_queue_enable,
    .kick = legacy_kick,
    .read = legacy_read,
    .quiet = legacy_quiet,
};

static void add_legacy(pci_function function, enum device_type type)
{
    const uint16_t port = pci_port(function, 0);
    struct transport *transport = port ? transport_new(&legacy, type, "pci ", function >> 12) : NULL;
    if (!transport)
        return;
    transport->port = port;
    transport->messages = pci_messages(function, transport->vector);
    if (!transport->messages)
        transport_share_line(transport, pci_line(function));
}

/* --- Which of them a function is (4.1.2) --------------------------------------------------------- */

/* 0: none of those that there are drivers for. */
static uint32_t type_of(pci_function function)
{
    const uint32_t device = pci_read(function, 2, 2);
    if (pci_read(function, 0, 2) != VENDOR_VIRTIO || device < FIRST_TRANSITIONAL || device >= BEHIND)
        return 0;
    const uint32_t type = device >= FIRST_MODERN ? device - FIRST_MODERN : pci_read(function, SUBSYSTEM, 2);
    return type >= DEVICE_NET && type <= DEVICE_ENTROPY ? type : 0;
}

static void found(pci_function function)
{
    const uint32_t type = type_of(function);
    uint32_t capability;
    if (!type)
        return;
    volatile uint8_t *common = structure(function, COMMON, COMMON_SIZE, COMMON_SIZE, &capability);
    if (common)
        add_modern(function, (enum device_type)type, common);
    else
        add_legacy(function, (enum device_type)type);
}

/* On a line that is shared, a device without a driver would interrupt for ever. */
static void silence(pci_function function)
{
    if (!type_of(function))
        pci_silence(function);
}

void pci_scan(void)
{
    bool lines = false;
    if (!pci_init())
        return;
    pci_each(found);
    for (uint32_t i = 0; i < transport_count; i++)
        lines |= transports[i].line;
    if (lines)
        pci_each(silence);
}
