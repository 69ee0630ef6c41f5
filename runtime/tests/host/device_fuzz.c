/* SPDX-License-Identifier: ISC */
/*
 * The drivers for networks, disks, consoles and entropy against devices that say anything: features, queue sizes,
 * configurations that change, used rings, lengths, headers, numbers of buffers, status octets. Under the sanitizers: an
 * image ends with a named error, or what it is told stays within what it asked for.
 *
 *   device_fuzz SEED CASES
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "devices.h"
#include "machine.h"

enum { HANDLE = 1, QUEUES = 4, PARTS_MOST = 64 };

/* --- The device -------------------------------------------------------------------------------- */

static struct device {
    uint64_t features;
    uint8_t status;
    bool hostile, stubborn;
    const struct queue *queues[QUEUES];
    uint16_t sizes[QUEUES], seen[QUEUES];
    uint32_t queue_sizes[QUEUES];
    uint8_t configuration[64];
} device;

static struct {
    uint64_t frames, requests, lost;
} counted;

static uint64_t features(struct transport *transport)
{
    (void)transport;
    return device.hostile && rarely() ? (uint64_t)any(UINT32_MAX) << 32 | any(UINT32_MAX) : device.features;
}

static void accept(struct transport *transport, uint64_t accepted)
{
    (void)transport;
    assert(!(accepted & ~(device.features | (device.hostile ? UINT64_MAX : 0))));
}

static uint8_t status(struct transport *transport)
{
    (void)transport;
    return device.hostile && device.stubborn ? 0x41 : device.status;
}

static void set_status(struct transport *transport, uint8_t value)
{
    (void)transport;
    device.status = device.hostile && rarely() ? (uint8_t)(value & ~STATUS_FEATURES_OK) : value;
    if (!value)
        memset(device.queues, 0, sizeof device.queues);
}

static uint32_t queue_size(struct transport *transport, uint16_t number)
{
    (void)transport;
    return device.hostile && rarely() ? any(UINT32_MAX) : device.queue_sizes[number % QUEUES];
}

static void queue_enable(struct transport *transport, uint16_t number, const struct queue *queue)
{
    (void)transport;
    assert(number < QUEUES && queue->size <= QUEUE_LARGEST);
    device.queues[number] = queue;
    device.seen[number] = 0;
}

/* The used ring's next entry, with whatever the device makes of it. */
static void give_back(const struct queue *queue, uint16_t head, uint32_t written)
{
    const uint16_t index = queue->used->index, at = index & (queue->size - 1);
    const bool lies = device.hostile && rarely();
    queue->used->ring[at].id = lies && any(2) ? any(any(2) ? 2048 : UINT32_MAX) : head;
    queue->used->ring[at].length = lies && any(2) ? any(UINT32_MAX) : written;
    queue->used->index = (uint16_t)(index + (lies && any(2) ? any(65536) : 1));
}

/* A network's header: number of buffers, kinds and sizes of segments as they come. */
static void write_header(uint8_t *at, uint32_t size)
{
    uint8_t header[12] = {0};
    if (device.hostile)
        for (unsigned i = 0; i < 10; i++)
            header[i] = (uint8_t)any(256);
    header[10] = (uint8_t)(any(8) ? 1 : any(4));
    header[11] = device.hostile && rarely() ? (uint8_t)any(256) : 0;
    memcpy(at, header, size < sizeof header ? size : sizeof header);
}

/* Serves the next chain of a queue. Its descriptors are read here as a device does; they are not changed. */
static bool serve(uint16_t number, enum device_type type)
{
    const struct queue *queue = device.queues[number];
    if (!queue || device.seen[number] == queue->available->index)
        return false;
    const uint16_t head = queue->available->ring[device.seen[number]++ & (queue->size - 1)];
    uint32_t written = 0, parts = 0;
    uint8_t *last = NULL;
    for (uint16_t at = head;; at = queue->descriptors[at].next) {
        const struct queue_descriptor *part = &queue->descriptors[at];
        assert(at < queue->size && ++parts <= PARTS_MOST);
        if (part->flags & 2 && part->length) {
            uint8_t *memory = (uint8_t *)(uintptr_t)part->address;
            const uint32_t filled = type == DEVICE_NET ? any(part->length + 1) : part->length;
            memset(memory, (int)any(256), filled);
            if (type == DEVICE_NET && number == 0)
                write_header(memory, part->length);
            written += type == DEVICE_NET && filled < 12 && any(4) ? 12 : filled;
            last = &memory[part->length - 1];
        }
        if (!(part->flags & 1))
            break;
    }
    if (type == DEVICE_BLOCK && last)
        *last = (uint8_t)(any(8) ? 0 : any(256));
    give_back(queue, head, written);
    return true;
}

static enum device_type playing;

static void act(void)
{
    for (unsigned i = any(8); i; i--)
        serve((uint16_t)any(QUEUES), playing);
    if (device.hostile && rarely())
        device.configuration[any(sizeof device.configuration)] = (uint8_t)any(256);
}

static void kick(struct transport *transport, uint16_t number)
{
    (void)transport;
    assert(number < QUEUES);
    if (any(4))
        act();
}

static uint32_t read(struct transport *transport, uint32_t offset, uint32_t width)
{
    (void)transport;
    uint32_t value = 0;
    assert(offset + width <= sizeof device.configuration);
    memcpy(&value, &device.configuration[offset], width);
    return value;
}

static const struct transport_kind kinds[2] = {
    {false, features, accept, status, set_status, queue_size, queue_enable, kick, read, NULL},
    {true, features, accept, status, set_status, queue_size, queue_enable, kick, read, NULL},
};

/* --- The machine ------------------------------------------------------------------------------- */

void *memory_take(uint64_t size)
{
    return machine_memory(size);
}

uint64_t memory_total(void)
{
    return (uint64_t)16 << (20 + any(7));
}

/* Memory in pieces, now and then. */
uint64_t memory_physical(const void *address, uint64_t *run)
{
    if (*run > 4096 && !any(4))
        *run = 4096;
    return (uintptr_t)address;
}

void interrupts_wait(uint64_t deadline)
{
    act();
    if (!device.hostile)
        while (serve(0, playing) || serve(1, playing))
            ;
    else if (rarely()) {
        counted.lost++;
        machine_clock = deadline;
    }
}

uint64_t interrupts_came(void)
{
    return any(UINT32_MAX);
}

void interrupts_quiet(uint64_t vectors)
{
    (void)vectors;
}

bool interrupts_route_shared(struct isa_line isa, uint8_t vector)
{
    (void)isa, (void)vector;
    return true;
}

uint32_t acpi_interrupt(void)
{
    return 9;
}

struct isa_line acpi_isa_line(uint8_t number)
{
    return (struct isa_line){number, true};
}

size_t entropy_from_processor(void *buf, size_t size)
{
    memset(buf, 1, size);
    return any(16) ? size : 0;
}

void serial_write(const char *buf, size_t size)
{
    (void)buf, (void)size;
}

/* --- The application --------------------------------------------------------------------------- */

static struct {
    struct mft header;
    struct mft_entry entries[2];
} manifest;

const struct mft *bindings_manifest = &manifest.header;

static void power_of_two_sizes(void)
{
    for (unsigned i = 0; i < QUEUES; i++)
        device.queue_sizes[i] = 1U << (device.hostile ? any(13) : 3 + any(8));
}

static void put32(unsigned at, uint32_t value)
{
    memcpy(&device.configuration[at], &value, sizeof value);
}

/* Sensible values where they matter, so that most cases go on. */
static void begin_device(enum device_type type)
{
    memset(&device, 0, sizeof device);
    device.hostile = any(4);
    device.stubborn = !any(100);
    device.features = FEATURE_VERSION_1 | (uint64_t)any(1 << 16) | (any(2) ? FEATURE_EVENT_INDEX : 0);
    power_of_two_sizes();
    if (type == DEVICE_BLOCK) {
        put32(0, 1 + any(4096));
        put32(8, 1U << any(22));
        put32(20, 512U << any(4));
        put32(36, any(64));
    } else if (type == DEVICE_NET) {
        put32(8, (any(2) ? 1500 : any(65536)) << 16);
    }
    if (device.hostile)
        for (unsigned i = any(3); i; i--)
            put32(any(15) * 4, any(UINT32_MAX));
    playing = type;
}

static void send_something(void)
{
    const size_t size = any(rarely() ? 70000 : 2000);
    uint8_t *frame = machine_memory(size);
    struct solo5_net_header header = {0};
    if (any(2)) {
        for (unsigned i = 0; i < sizeof header; i++)
            ((uint8_t *)&header)[i] = (uint8_t)any(any(2) ? 4 : 256);
    }
    solo5_net_send(HANDLE, &header, frame, size);
}

static void receive_something(void)
{
    const size_t size = any(4) ? 70000 : any(70000);
    uint8_t *frame = machine_memory(size);
    struct solo5_net_header header;
    size_t length = 0;
    if (solo5_net_receive(HANDLE, &header, frame, size, &length) == SOLO5_R_OK) {
        assert(length <= size);
        counted.frames++;
    }
}

static void use_network(void)
{
    for (unsigned step = 0; step < 60; step++) {
        switch (any(8)) {
        case 0:
            solo5_net_offload(HANDLE, any(2));
            break;
        case 1:
        case 2:
            send_something();
            break;
        case 3:
            net_announce();
            net_interrupts(any(2));
            break;
        case 4:
            net_ready();
            solo5_net_features(HANDLE);
            act();
            break;
        case 5:
            if (rarely())
                net_finish();
            break;
        default:
            act();
            receive_something();
        }
    }
}

static void use_disk(struct transport *transport)
{
    char serial[21];
    for (unsigned step = 0; step < 30; step++) {
        const struct mft_entry *entry = &manifest.entries[HANDLE];
        const uint32_t block = entry->u.block_basic.block_size;
        const size_t size = any(rarely() ? 200 : 4) * (size_t)block + (rarely() ? any(block) : 0);
        const uint64_t offset = rarely() ? (uint64_t)any(UINT32_MAX) << any(32) : (uint64_t)any(8) * block;
        uint8_t *buffer = machine_memory(size);
        solo5_result_t result = SOLO5_R_OK;
        switch (any(6)) {
        case 0:
            result = solo5_block_write(HANDLE, offset, buffer, size);
            break;
        case 1:
            result = solo5_block_flush(HANDLE);
            break;
        case 2:
            result = solo5_block_discard(HANDLE, offset, size);
            break;
        case 3:
            block_serial(transport, serial);
            assert(memchr(serial, 0, sizeof serial));
            break;
        default:
            result = solo5_block_read(HANDLE, offset, buffer, size);
        }
        counted.requests += result == SOLO5_R_OK;
    }
}

static void one_case(void)
{
    static const enum device_type types[] = {DEVICE_NET, DEVICE_NET, DEVICE_BLOCK, DEVICE_BLOCK, DEVICE_CONSOLE, DEVICE_ENTROPY};
    const enum device_type type = types[any(sizeof types / sizeof *types)];
    begin_device(type);
    manifest.header = (struct mft){.version = MFT_VERSION, .entries = 2};
    manifest.entries[HANDLE] = (struct mft_entry){.type = type == DEVICE_NET ? MFT_DEV_NET_BASIC : MFT_DEV_BLOCK_BASIC,
                                                  .attached = true};
    struct transport *transport = transport_new(&kinds[!any(4)], type, "case ", any(UINT32_MAX));
    uint8_t octets[5000];
    memset(octets, 'x', sizeof octets);
    switch (type) {
    case DEVICE_NET:
        net_attach(transport, HANDLE, &manifest.entries[HANDLE]);
        use_network();
        break;
    case DEVICE_BLOCK:
        block_attach(transport, HANDLE, &manifest.entries[HANDLE]);
        use_disk(transport);
        break;
    case DEVICE_CONSOLE:
        console_attach(transport);
        for (unsigned i = any(20); i; i--)
            solo5_console_write((const char *)octets, any(sizeof octets));
        break;
    default:
        entropy_attach(transport);
        for (unsigned i = any(20); i; i--)
            solo5_entropy(octets, any(600));
    }
}

/* Ports are not used here. */
void out8(uint16_t port, uint8_t value) { (void)port, (void)value; }
void out16(uint16_t port, uint16_t value) { (void)port, (void)value; }
void out32(uint16_t port, uint32_t value) { (void)port, (void)value; }
uint8_t in8(uint16_t port) { return (uint8_t)port; }
uint16_t in16(uint16_t port) { return port; }
uint32_t in32(uint16_t port) { return port; }

static void tell(void)
{
    printf(", %lu frames, %lu requests\n", counted.frames, counted.requests);
}

int main(int count, char **arguments)
{
    return machine_cases(count, arguments, one_case, tell);
}
