/* SPDX-License-Identifier: ISC */
/*
 * virtio: how a device is reached. PCI and memory-mapped registers, each as VirtIO 1.2 has it (4.1, 4.2) and as it was
 * before 1.0 ("legacy", 4.1.4.10 and 4.2.4), are four tables of functions; negotiation is the same for all (3.1.1).
 */
#ifndef PYMIRAGE_VIRTIO_TRANSPORT_H
#define PYMIRAGE_VIRTIO_TRANSPORT_H

#include "queue.h"
#include "virtio.h"

enum device_type { DEVICE_NET = 1, DEVICE_BLOCK = 2, DEVICE_CONSOLE = 3, DEVICE_ENTROPY = 4 };

#define FEATURE(bit) (1ULL << (bit))
#define FEATURE_EVENT_INDEX FEATURE(29)
#define FEATURE_VERSION_1 FEATURE(32)

enum device_status {
    STATUS_RESET = 0,
    STATUS_ACKNOWLEDGE = 1,
    STATUS_DRIVER = 2,
    STATUS_DRIVER_OK = 4,
    STATUS_FEATURES_OK = 8,
    STATUS_FAILED = 128,
};

struct transport;

struct transport_kind {
    bool legacy;
    uint64_t (*features)(struct transport *transport);
    void (*accept)(struct transport *transport, uint64_t features);
    uint8_t (*status)(struct transport *transport);
    void (*set_status)(struct transport *transport, uint8_t status);
    uint32_t (*queue_size)(struct transport *transport, uint16_t number); /* the largest; 0: no such queue */
    void (*queue_enable)(struct transport *transport, uint16_t number, const struct queue *queue);
    void (*kick)(struct transport *transport, uint16_t number);
    uint32_t (*read)(struct transport *transport, uint32_t offset, uint32_t width); /* of the device's own configuration */
    void (*quiet)(struct transport *transport); /* takes an interrupt back; NULL where nothing is to be done */
};

struct transport {
    const struct transport_kind *kind;
    enum device_type type;
    uint8_t vector;
    bool polled; /* has no interrupts that we could use */
    uint8_t line; /* of PCI's that it shares, as the firmware numbered it; 0: none */
    char place[24]; /* where it is, for messages */
    uint64_t accepted;
    /* PCI */
    volatile uint8_t *common, *device, *notify, *interrupt_status;
    uint32_t notify_multiplier, kick_offset[4];
    bool messages; /* MSI-X is on */
    /* legacy PCI */
    uint16_t port;
    /* memory-mapped */
    volatile uint32_t *registers;
};

enum { MOST_TRANSPORTS = POWER_VECTOR - FIRST_DEVICE_VECTOR };

extern struct transport transports[MOST_TRANSPORTS];
extern uint32_t transport_count;

/* pci.c, mmio.c: add what they find. */
void pci_scan(void);
void mmio_scan(void);

/* A new entry for a device, with its vector; NULL when there are too many. */
struct transport *transport_new(const struct transport_kind *kind, enum device_type type, const char *bus,
                                uint64_t address);

/*
 * A device without messages interrupts by its line, with the vector of those that share it; without a line, or on ACPI's,
 * whose vector is another, it is looked at each millisecond.
 */
void transport_share_line(struct transport *transport, uint8_t line);

/* Says which devices are looked at each millisecond. */
void transport_tell_polled(void);

/* Resets the device and agrees on the features (wanted) that it offers; what is agreed is in ->accepted. */
void transport_negotiate(struct transport *transport, uint64_t wanted);

/* Prepares queue (number) with at most (wanted) descriptors in memory of transport_queue_memory octets. */
uint16_t transport_queue_size(struct transport *transport, uint16_t number, uint16_t wanted);
void transport_queue(struct transport *transport, uint16_t number, uint16_t size, void *memory, struct queue *queue);

/* The device may begin. */
void transport_start(struct transport *transport);

/* Tells the device what was added, if it wants to know. */
void transport_kick(struct transport *transport, uint16_t number, struct queue *queue);

/* Ends the image: the device broke the rules. */
_Noreturn void transport_broken(const struct transport *transport, const char *what);

/* Sleeps until an interrupt or (deadline), and quiets the devices that interrupted. Answers a bit for each vector. */
uint64_t transport_wait(uint64_t deadline);

/* Sleeps until (queue) has something; false when it had nothing for (nanoseconds). */
bool transport_await(struct queue *queue, uint64_t nanoseconds);

static inline uint16_t transport_read16(struct transport *transport, uint32_t offset)
{
    return (uint16_t)transport->kind->read(transport, offset, 2);
}

static inline uint32_t transport_read32(struct transport *transport, uint32_t offset)
{
    return transport->kind->read(transport, offset, 4);
}

static inline uint64_t transport_read64(struct transport *transport, uint32_t offset)
{
    return transport_read32(transport, offset) | (uint64_t)transport_read32(transport, offset + 4) << 32;
}

#endif
