/* SPDX-License-Identifier: ISC */
/*
 * virtio: frames (VirtIO 1.2, 5.1). The contract's header beside a frame is the device's own, but for a number of
 * buffers behind it.
 *
 * A frame to send is copied into a ring of octets, as its owner may change it as soon as solo5_net_send returns; frames
 * received come into buffers that go back to the device at once. The device is told of both when the image waits, or
 * when much has gathered.
 *
 * Whether frames may come long and with open checksums is agreed on with the features. So the device starts when it is
 * first used, or when the application says what it wants; when that changes, the device starts again.
 */
#include "devices.h"
#include "manifest.h"

enum {
    RECEIVE = 0, /* queues */
    SEND = 1,
    MAC = 0, /* configuration */
    MTU = 10,
    PLAIN_HEADER = sizeof(struct solo5_net_header),
    HEADER = PLAIN_HEADER + 2, /* with the number of buffers */
    QUEUE_WANTED = 256,
    ANNOUNCE_AFTER = 0x10000, /* octets sent that wait for the next yield at most */
    SEND_PATIENCE = 10000000, /* ns that a frame waits for room */
    DEFAULT_MTU = 1500,
};

#define FINISH_PATIENCE 3000000000ULL /* ns that a frame sent before the end has: a busy host may be so late */

#define FEATURE_CHECKSUM_OUT FEATURE(0)
#define FEATURE_CHECKSUM_IN FEATURE(1)
#define FEATURE_MTU FEATURE(3)
#define FEATURE_MAC FEATURE(5)
#define FEATURE_IN_V4 FEATURE(7)
#define FEATURE_IN_V6 FEATURE(8)
#define FEATURE_IN_ECN FEATURE(9)
#define FEATURE_OUT_V4 FEATURE(11)
#define FEATURE_OUT_V6 FEATURE(12)
#define FEATURE_OUT_ECN FEATURE(13)
#define FEATURE_MERGE FEATURE(15)

#define ALWAYS                                                                                                     \
    (FEATURE_CHECKSUM_OUT | FEATURE_OUT_V4 | FEATURE_OUT_V6 | FEATURE_OUT_ECN | FEATURE_MAC | FEATURE_MTU | FEATURE_MERGE)
#define WITH_OFFLOADS (FEATURE_CHECKSUM_IN | FEATURE_IN_V4 | FEATURE_IN_V6 | FEATURE_IN_ECN)

/* A frame on its way, in the order in which their octets lie in the ring. */
struct sending {
    uint32_t size; /* octets of the ring, with what was left out at its end */
    uint16_t head;
    bool done;
};

static struct net {
    struct transport *transport;
    uint64_t offered;
    bool started, offload;
    uint16_t receive_size, send_size;
    void *receive_memory, *send_memory;
    struct queue receive, send;
    size_t header_size;

    uint8_t *buffers;
    uint32_t buffer_size;
    uint16_t buffer_count;
    uint16_t buffer_of[QUEUE_LARGEST]; /* by descriptor */

    uint8_t *octets;
    uint32_t octets_size, octets_next, octets_used;
    struct sending sending[QUEUE_LARGEST]; /* a ring of their own */
    uint16_t sending_first, sending_count;
    uint16_t sending_of[QUEUE_LARGEST]; /* by descriptor */
    size_t unannounced;
    bool announced; /* since the last yield */
} *nets[MFT_MAX_ENTRIES];

static solo5_handle_t last_handle;

/* --- Start ------------------------------------------------------------------------------------- */

static _Noreturn void broken(const struct net *net, const struct queue *queue)
{
    transport_broken(net->transport, queue->damage ? queue->damage : "a frame is shorter than its header");
}

static bool can(const struct net *net, uint64_t features)
{
    return (net->offered & features) == features;
}

static void give_buffer(struct net *net, uint16_t number)
{
    const struct queue_part part = {(uintptr_t)net->buffers + (uint64_t)number * net->buffer_size, net->buffer_size};
    uint16_t head;
    if (queue_add(&net->receive, &part, 0, 1, &head))
        net->buffer_of[head] = number;
}

static void start(struct net *net)
{
    struct transport *transport = net->transport;
    transport_negotiate(transport, ALWAYS | (net->offload ? WITH_OFFLOADS : 0));
    const bool merges = transport->accepted & (FEATURE_MERGE | FEATURE_VERSION_1);
    net->header_size = merges ? HEADER : PLAIN_HEADER;
    transport_queue(transport, RECEIVE, net->receive_size, net->receive_memory, &net->receive);
    transport_queue(transport, SEND, net->send_size, net->send_memory, &net->send);
    net->octets_next = net->octets_used = net->sending_first = net->sending_count = 0;
    transport_start(transport);
    for (uint16_t i = 0; i < net->buffer_count; i++)
        give_buffer(net, i);
    transport_kick(transport, RECEIVE, &net->receive);
    net->started = true;
}

static struct net *started(solo5_handle_t handle)
{
    struct net *net = handle < MFT_MAX_ENTRIES ? nets[handle] : NULL;
    if (net && !net->started)
        start(net);
    return net;
}

/* A small machine gets few buffers: a sixteenth of its memory for one device, and no more than what helps. */
static uint32_t memory_share(uint32_t most)
{
    const uint64_t share = memory_total() / 64;
    return share < most ? (uint32_t)page_down(share) : most;
}

static void read_address(struct transport *transport, uint8_t mac[6])
{
    if (!(transport->accepted & FEATURE_MAC)) {
        if (solo5_entropy(mac, 6) != 6)
            cannot_start("a network device has no address, and there is no entropy to make one", "give it one: mac=");
        mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* locally administered, of one station */
        return;
    }
    for (uint32_t i = 0; i < 6; i++)
        mac[i] = (uint8_t)transport->kind->read(transport, MAC + i, 1);
}

/* Without merging, a long frame must fit into one buffer. */
static void take_buffers(struct net *net, uint32_t mtu)
{
    enum { MOST = 0x80000, SEND_MOST = 0x40000, SEND_LEAST = 0x14000 };
    const uint32_t frame = mtu + SOLO5_NET_HLEN + HEADER;
    net->buffer_size = frame <= 2048 ? 2048 : (uint32_t)page_up(frame);
    if (can(net, FEATURE_IN_V4) && !can(net, FEATURE_MERGE))
        net->buffer_size = (uint32_t)page_up(SOLO5_NET_LONGEST + HEADER);
    const uint32_t count = memory_share(MOST) / net->buffer_size;
    net->buffer_count = count < net->receive_size ? (count ? (uint16_t)count : 1) : net->receive_size;
    net->buffers = memory_take((uint64_t)net->buffer_count * net->buffer_size);
    net->octets_size = memory_share(SEND_MOST);
    if (net->octets_size < SEND_LEAST)
        net->octets_size = SEND_LEAST;
    net->octets = memory_take(net->octets_size);
}

void net_attach(struct transport *transport, solo5_handle_t handle, struct mft_entry *entry)
{
    struct net *net = memory_take(sizeof *net);
    nets[handle] = net;
    if (handle > last_handle)
        last_handle = handle;
    net->transport = transport;
    net->offered = transport->kind->features(transport);
    transport_negotiate(transport, ALWAYS);
    read_address(transport, entry->u.net_basic.mac);
    const uint16_t mtu = transport->accepted & FEATURE_MTU ? transport_read16(transport, MTU) : DEFAULT_MTU;
    if (mtu < 68)
        transport_broken(transport, "its MTU is less than 68");
    entry->u.net_basic.mtu = mtu;
    net->receive_size = transport_queue_size(transport, RECEIVE, QUEUE_WANTED);
    net->send_size = transport_queue_size(transport, SEND, QUEUE_WANTED);
    net->receive_memory = memory_take(queue_memory(net->receive_size));
    net->send_memory = memory_take(queue_memory(net->send_size));
    take_buffers(net, mtu);
}

/* --- Sending ----------------------------------------------------------------------------------- */

static void reclaim(struct net *net)
{
    uint16_t head;
    uint32_t length;
    enum queue_state state;
    while ((state = queue_take(&net->send, &head, &length)) == QUEUE_READY)
        net->sending[net->sending_of[head]].done = true;
    if (state == QUEUE_BROKEN)
        broken(net, &net->send);
    while (net->sending_count && net->sending[net->sending_first].done) {
        net->octets_used -= net->sending[net->sending_first].size;
        net->sending_first = (uint16_t)((net->sending_first + 1) % QUEUE_LARGEST);
        net->sending_count--;
    }
}

/* Where (size) octets fit in one piece, and how many are left out before it; NULL when there is no room now. */
static uint8_t *room(struct net *net, uint32_t size, uint32_t *skipped)
{
    const uint32_t to_end = net->octets_size - net->octets_next;
    *skipped = size <= to_end ? 0 : to_end;
    if (!net->send.free_count || size + *skipped > net->octets_size - net->octets_used)
        return NULL;
    return net->octets + (*skipped ? 0 : net->octets_next);
}

static uint8_t *wait_for_room(struct net *net, uint32_t size, uint32_t *skipped)
{
    const uint64_t deadline = solo5_clock_monotonic() + SEND_PATIENCE;
    uint8_t *at;
    while (reclaim(net), !(at = room(net, size, skipped))) {
        transport_kick(net->transport, SEND, &net->send);
        const uint64_t now = solo5_clock_monotonic();
        if (now >= deadline || !transport_await(&net->send, deadline - now))
            return NULL;
    }
    return at;
}

static void announce(struct net *net)
{
    net->unannounced = 0;
    net->announced = true;
    transport_kick(net->transport, SEND, &net->send);
}

static solo5_result_t send(struct net *net, const struct solo5_net_header *header, const uint8_t *buf, size_t size)
{
    const uint32_t need = (uint32_t)(net->header_size + size);
    uint32_t skipped;
    uint8_t *at = room(net, need, &skipped);
    if (!at)
        at = wait_for_room(net, need, &skipped);
    if (!at)
        return SOLO5_R_AGAIN;
    struct solo5_net_header own = *header;
    if (!(net->transport->accepted & FEATURE_OUT_ECN))
        own.segmentation &= (uint8_t)~SOLO5_NET_ECN;
    memset(at, 0, net->header_size);
    memcpy(at, &own, sizeof own);
    copy_octets(at + net->header_size, buf, size);
    const struct queue_part part = {(uintptr_t)at, need};
    uint16_t head;
    queue_add(&net->send, &part, 1, 0, &head);
    const uint16_t number = (uint16_t)((net->sending_first + net->sending_count++) % QUEUE_LARGEST);
    net->sending[number] = (struct sending){need + skipped, head, false};
    net->sending_of[head] = number;
    net->octets_used += need + skipped;
    net->octets_next = (uint32_t)(at - net->octets) + need;
    net->unannounced += size;
    if (net->unannounced >= ANNOUNCE_AFTER || (!net->announced && queue_rests(&net->send)))
        announce(net);
    return SOLO5_R_OK;
}

/* Only what the device can do: cutting needs the feature of its IP version. */
static bool possible(const struct net *net, const struct solo5_net_header *header)
{
    const uint8_t kind = header->segmentation & (uint8_t)~SOLO5_NET_ECN;
    if (kind == SOLO5_NET_WHOLE)
        return true;
    return can(net, kind == SOLO5_NET_TCP_V4 ? FEATURE_OUT_V4 : FEATURE_OUT_V6);
}

solo5_result_t solo5_net_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                              size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device || !net_request_valid(device, solo5_net_features(handle), header, buf, size))
        return SOLO5_R_EINVAL;
    struct net *net = started(handle);
    return possible(net, header) ? send(net, header, buf, size) : SOLO5_R_EINVAL;
}

/* --- Offloads ---------------------------------------------------------------------------------- */

/* Frames on their way arrive, unless the device takes very long. */
static void finish(struct net *net)
{
    transport_kick(net->transport, SEND, &net->send);
    while (net->send.free_count < net->send.size && transport_await(&net->send, FINISH_PATIENCE))
        reclaim(net);
}

void net_finish(void)
{
    for (solo5_handle_t i = 1; i <= last_handle; i++)
        if (nets[i] && nets[i]->started)
            finish(nets[i]);
}

uint32_t solo5_net_features(solo5_handle_t handle)
{
    const struct net *net = handle < MFT_MAX_ENTRIES ? nets[handle] : NULL;
    if (!net || !can(net, FEATURE_CHECKSUM_OUT))
        return 0;
    return SOLO5_NET_CHECKSUM_OUT | (can(net, FEATURE_CHECKSUM_IN) ? SOLO5_NET_CHECKSUM_IN : 0) |
           (can(net, FEATURE_OUT_V4) ? SOLO5_NET_SEGMENT_V4 : 0) | (can(net, FEATURE_OUT_V6) ? SOLO5_NET_SEGMENT_V6 : 0);
}

solo5_result_t solo5_net_offload(solo5_handle_t handle, bool wanted)
{
    if (!solo5_net_features(handle))
        return SOLO5_R_EINVAL;
    struct net *net = nets[handle];
    if (net->offload == wanted && net->started)
        return SOLO5_R_OK;
    if (net->started)
        finish(net);
    net->offload = wanted;
    start(net);
    return SOLO5_R_OK;
}

/* --- Receiving --------------------------------------------------------------------------------- */

struct destination {
    uint8_t *at;
    size_t room, filled;
};

static void append(struct destination *to, const uint8_t *from, size_t size)
{
    const size_t part = size < to->room - to->filled ? size : to->room - to->filled;
    copy_octets(to->at + to->filled, from, part);
    to->filled += part;
}

/* The parts of a frame appear together (5.1.6.4), or, from a device that is slow about it, very soon. */
static const uint8_t *next_buffer(struct net *net, uint16_t *number, uint32_t *length)
{
    enum { PATIENCE = 1000000 };
    uint16_t head;
    enum queue_state state = queue_take(&net->receive, &head, length);
    for (int i = 0; state == QUEUE_NOT_NOW && i < PATIENCE; i++)
        state = queue_take(&net->receive, &head, length);
    if (state == QUEUE_NOT_NOW)
        transport_broken(net->transport, "a frame lacks some of its buffers");
    if (state == QUEUE_BROKEN)
        broken(net, &net->receive);
    *number = net->buffer_of[head];
    return net->buffers + (size_t)*number * net->buffer_size;
}

static void receive(struct net *net, struct solo5_net_header *header, struct destination *to)
{
    uint16_t number, count = 1;
    uint32_t length;
    const uint8_t *buffer = next_buffer(net, &number, &length);
    if (length < net->header_size)
        transport_broken(net->transport, "a frame is shorter than its header");
    memcpy(header, buffer, sizeof *header);
    if (net->transport->accepted & FEATURE_MERGE)
        memcpy(&count, buffer + PLAIN_HEADER, sizeof count);
    append(to, buffer + net->header_size, length - net->header_size);
    give_buffer(net, number);
    for (; count > 1; count--) {
        buffer = next_buffer(net, &number, &length);
        append(to, buffer, length);
        give_buffer(net, number);
    }
}

solo5_result_t solo5_net_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                 size_t *read_size)
{
    *header = (struct solo5_net_header){0};
    struct net *net = started(handle);
    if (!net)
        return SOLO5_R_EINVAL;
    if (!queue_has(&net->receive))
        return SOLO5_R_AGAIN;
    struct destination to = {buf, size, 0};
    receive(net, header, &to);
    *read_size = to.filled;
    return SOLO5_R_OK;
}

/* --- For yield.c ------------------------------------------------------------------------------- */

/* Buffers go back in quarters of their number: telling the device costs an exit. */
void net_announce(void)
{
    for (solo5_handle_t i = 1; i <= last_handle; i++) {
        struct net *net = started(i);
        if (!net)
            continue;
        announce(net);
        net->announced = false;
        if ((uint16_t)(net->receive.available_index - net->receive.announced_index) >= net->buffer_count / 4)
            transport_kick(net->transport, RECEIVE, &net->receive);
    }
}

solo5_handle_set_t net_ready(void)
{
    solo5_handle_set_t ready = 0;
    for (solo5_handle_t i = 1; i <= last_handle; i++)
        if (nets[i] && nets[i]->started && queue_has(&nets[i]->receive))
            ready |= 1ULL << i;
    return ready;
}

void net_interrupts(bool wanted)
{
    for (solo5_handle_t i = 1; i <= last_handle; i++)
        if (nets[i] && nets[i]->started)
            queue_interrupts(&nets[i]->receive, wanted);
}
