/* SPDX-License-Identifier: ISC */
/*
 * virtio: blocks (VirtIO 1.2, 5.2). One request at a time, straight between the device and the caller's memory; the image
 * halts until it is done.
 */
#include "devices.h"
#include "manifest.h"

enum { CAPACITY = 0, SIZE_MAX_AT = 8, BLOCK_SIZE = 20, DISCARD_MOST = 36 }; /* configuration */
enum { READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11 };
enum { SECTOR = 512, QUEUE_WANTED = 16, MOST_AT_ONCE = 1 << 20, PARTS = 8, ID_SIZE = 20 };

#define FEATURE_SIZE_MAX FEATURE(1)
#define FEATURE_BLOCK_SIZE FEATURE(6)
#define FEATURE_FLUSH FEATURE(9)
#define FEATURE_DISCARD FEATURE(13)

/* A host whose disk takes longer is gone. */
#define PATIENCE 120000000000ULL

struct request {
    uint32_t type, reserved;
    uint64_t sector;
    /* behind the data: */
    volatile uint8_t status;
};

struct discard {
    uint64_t sector;
    uint32_t sectors, flags;
};

static struct block {
    struct transport *transport;
    struct queue queue;
    struct request *request;
    uint32_t most;         /* octets of one request */
    uint32_t discard_most; /* sectors */
} *blocks[MFT_MAX_ENTRIES];

/* The first (out) of the parts are read by the device. Returns the status, 0 for success. */
static uint8_t perform(struct block *block, uint32_t type, uint64_t sector, struct queue_part *parts, unsigned out,
                       unsigned in)
{
    enum { UNTOUCHED = 0xff };
    struct request *request = block->request;
    *request = (struct request){.type = type, .sector = sector, .status = UNTOUCHED};
    parts[0] = (struct queue_part){(uintptr_t)request, offsetof(struct request, status)};
    parts[1 + out + in] = (struct queue_part){(uintptr_t)&request->status, 1};
    uint16_t head;
    uint32_t length;
    if (!queue_add(&block->queue, parts, 1 + out, in + 1, &head))
        transport_broken(block->transport, "its queue is too short");
    transport_kick(block->transport, 0, &block->queue);
    if (!transport_await(&block->queue, PATIENCE))
        transport_broken(block->transport, "it did not answer for two minutes");
    if (queue_take(&block->queue, &head, &length) != QUEUE_READY)
        transport_broken(block->transport, block->queue.damage);
    return request->status;
}

/* The pieces in which (size) octets at (buf) lie in memory; the first and the last part are the request's own. */
static unsigned pieces(struct queue_part *parts, const uint8_t *buf, size_t size)
{
    unsigned count = 0;
    while (size && count < PARTS - 2) {
        uint64_t run = size;
        const uint64_t address = memory_physical(buf, &run);
        parts[++count] = (struct queue_part){address, (uint32_t)run};
        buf += run;
        size -= run;
    }
    return count;
}

static struct block *block_for(solo5_handle_t handle, solo5_off_t offset, size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC);
    return device && block_request_valid(device, offset, size) ? blocks[handle] : NULL;
}

static solo5_result_t transfer(uint32_t type, solo5_handle_t handle, solo5_off_t offset, const uint8_t *buf, size_t size)
{
    struct block *block = block_for(handle, offset, size);
    if (!block)
        return SOLO5_R_EINVAL;
    while (size) {
        const size_t part = size < block->most ? size : block->most;
        struct queue_part parts[PARTS];
        const unsigned count = pieces(parts, buf, part);
        if (perform(block, type, offset / SECTOR, parts, type == WRITE ? count : 0, type == WRITE ? 0 : count))
            return SOLO5_R_EUNSPEC;
        buf += part;
        offset += part;
        size -= part;
    }
    return SOLO5_R_OK;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset, const uint8_t *buf, size_t size)
{
    return transfer(WRITE, handle, offset, buf, size);
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf, size_t size)
{
    return transfer(READ, handle, offset, buf, size);
}

/* A device without the feature writes through (5.2.6.2). */
solo5_result_t solo5_block_flush(solo5_handle_t handle)
{
    struct block *block = block_for(handle, 0, 0);
    struct queue_part parts[2];
    if (!block)
        return SOLO5_R_EINVAL;
    if (!(block->transport->accepted & FEATURE_FLUSH))
        return SOLO5_R_OK;
    return perform(block, FLUSH, 0, parts, 0, 0) ? SOLO5_R_EUNSPEC : SOLO5_R_OK;
}

solo5_result_t solo5_block_discard(solo5_handle_t handle, solo5_off_t offset, uint64_t size)
{
    struct block *block = block_for(handle, offset, size);
    if (!block)
        return SOLO5_R_EINVAL;
    static struct discard range;
    for (uint64_t sector = offset / SECTOR, left = size / SECTOR; left && block->discard_most;) {
        const uint32_t part = left < block->discard_most ? (uint32_t)left : block->discard_most;
        range = (struct discard){.sector = sector, .sectors = part};
        struct queue_part parts[3] = {{0}, {(uintptr_t)&range, sizeof range}};
        if (perform(block, DISCARD, 0, parts, 1, 0))
            return SOLO5_R_OK; /* a hint */
        sector += part;
        left -= part;
    }
    return SOLO5_R_OK;
}

/* --- Start ------------------------------------------------------------------------------------- */

static void start(struct block *block, struct transport *transport)
{
    block->transport = transport;
    transport_negotiate(transport, FEATURE_SIZE_MAX | FEATURE_BLOCK_SIZE | FEATURE_FLUSH | FEATURE_DISCARD);
    const uint16_t size = transport_queue_size(transport, 0, QUEUE_WANTED);
    if (size < PARTS)
        transport_broken(transport, "its queue is too short");
    transport_queue(transport, 0, size, memory_take(queue_memory(size)), &block->queue);
    block->request = memory_take(sizeof *block->request);
    transport_start(transport);
}

static bool is_block_size(uint32_t size)
{
    return size >= SECTOR && size <= 0x8000 && !(size & (size - 1));
}

/* A piece no longer than the device takes; a block needs one. */
static uint32_t most_at_once(struct transport *transport, uint32_t block_size)
{
    if (!(transport->accepted & FEATURE_SIZE_MAX))
        return MOST_AT_ONCE;
    const uint32_t most = transport_read32(transport, SIZE_MAX_AT) & -block_size;
    if (!most)
        transport_broken(transport, "it takes less than a block at once");
    return most < MOST_AT_ONCE ? most : MOST_AT_ONCE;
}

static struct block *known(struct transport *transport)
{
    static struct block all[MOST_TRANSPORTS];
    struct block *block = &all[transport - transports];
    if (!block->transport)
        start(block, transport);
    return block;
}

void block_attach(struct transport *transport, solo5_handle_t handle, struct mft_entry *entry)
{
    struct block *block = known(transport);
    blocks[handle] = block;
    const uint32_t block_size = transport->accepted & FEATURE_BLOCK_SIZE ? transport_read32(transport, BLOCK_SIZE) : SECTOR;
    const uint64_t sectors = transport_read64(transport, CAPACITY);
    if (!is_block_size(block_size) || sectors > UINT64_MAX / SECTOR)
        transport_broken(transport, "its block size or its capacity is absurd");
    entry->u.block_basic.block_size = (uint16_t)block_size;
    entry->u.block_basic.capacity = (sectors * SECTOR) & ~(uint64_t)(block_size - 1);
    block->most = most_at_once(transport, block_size);
    if (transport->accepted & FEATURE_DISCARD)
        block->discard_most = transport_read32(transport, DISCARD_MOST);
}

void block_serial(struct transport *transport, char serial[ID_SIZE + 1])
{
    static char answer[ID_SIZE];
    struct queue_part parts[3] = {{0}, {(uintptr_t)answer, sizeof answer}};
    memset(answer, 0, sizeof answer);
    memset(serial, 0, ID_SIZE + 1);
    if (perform(known(transport), GET_ID, 0, parts, 0, 1) == 0)
        memcpy(serial, answer, ID_SIZE);
}
