/* SPDX-License-Identifier: ISC */
/* hvt: frames in memory shared with the tender (net_ring_abi.h). */
#include "hvt.h"
#include "net_ring.h"

enum {
    KICK_AFTER = 0x10000, /* octets that wait for the next yield at most */
    LINGER = 20000,       /* ns; what an exit costs on slow KVMs */
};

static struct {
    struct net_rings *shared;
    struct net_ring to_guest, to_host;
} devices[MFT_MAX_ENTRIES]; /* by handle */

static struct net_rings *first;
static size_t unannounced; /* octets produced since the tender was last told */
static bool active;        /* frames have moved since the guest last waited */

void net_rings_init(const struct hvt_boot_info *boot)
{
    struct net_rings *next = (struct net_rings *)boot->net_rings;
    if (!next)
        return;
    first = next;
    net_headers = boot->net_headers;
    for (uint32_t i = 0; i < bindings_manifest->entries; i++) {
        if (bindings_manifest->e[i].type != MFT_DEV_NET_BASIC)
            continue;
        devices[i].shared = next;
        devices[i].to_guest = (struct net_ring){&next->to_guest, next->to_guest_octets, 0};
        devices[i].to_host = (struct net_ring){&next->to_host, next->to_host_octets, 0};
        next++;
    }
}

bool net_rings_used(void)
{
    return first;
}

/* The fence: either we see that the tender sleeps, or it sees our frames before it does. */
static void announce(void)
{
    if (!unannounced)
        return;
    unannounced = 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&first->host_sleeps, __ATOMIC_RELAXED))
        hypercall(HVT_HYPERCALL_NET_KICK, NULL);
}

static enum net_ring_state reserve(struct net_ring *ring, size_t size, struct net_record **record)
{
    const enum net_ring_state state = net_ring_reserve(ring, size, record);
    if (state == NET_RING_BROKEN)
        fatal("the tender damaged a network ring");
    return state;
}

solo5_result_t net_rings_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                              size_t size)
{
    struct net_ring *ring = &devices[handle].to_host;
    struct net_record *record;
    if (reserve(ring, size, &record) == NET_RING_NOT_NOW) {
        hypercall(HVT_HYPERCALL_NET_SERVE, NULL);
        if (reserve(ring, size, &record) == NET_RING_NOT_NOW)
            return SOLO5_R_AGAIN;
    }
    record->header = *header;
    memcpy(record->frame, buf, size);
    net_ring_publish(ring, record, size);
    active = true;
    unannounced += size;
    if (unannounced >= KICK_AFTER)
        announce();
    return SOLO5_R_OK;
}

/* A frame longer than the caller's room loses its end, as on other targets. */
solo5_result_t net_rings_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                 size_t *read_size)
{
    const struct net_record *record;
    size_t length;
    const enum net_ring_state state = net_ring_look(&devices[handle].to_guest, &record, &length);
    if (state == NET_RING_BROKEN)
        fatal("the tender damaged a network ring");
    if (state == NET_RING_NOT_NOW)
        return devices[handle].shared->host_failed ? SOLO5_R_EUNSPEC : SOLO5_R_AGAIN;
    *read_size = length < size ? length : size;
    *header = record->header;
    memcpy(buf, record->frame, *read_size);
    net_ring_release(&devices[handle].to_guest, length);
    active = true;
    return SOLO5_R_OK;
}

static bool has_frame(solo5_handle_t handle)
{
    const struct net_ring *ring = &devices[handle].to_guest;
    return devices[handle].shared && (__atomic_load_n(&ring->positions->produced, __ATOMIC_ACQUIRE) != ring->own ||
                                      __atomic_load_n(&devices[handle].shared->host_failed, __ATOMIC_RELAXED));
}

static solo5_handle_set_t ready_now(void)
{
    solo5_handle_set_t ready = 0;
    for (uint32_t i = 0; i < bindings_manifest->entries; i++)
        if (has_frame(i))
            ready |= 1ULL << i;
    return ready;
}

/* More may come in less time than going to sleep takes, if the tender is at work. */
static solo5_handle_set_t linger(solo5_time_t deadline)
{
    const solo5_time_t last = solo5_clock_monotonic() + LINGER, end = last < deadline ? last : deadline;
    solo5_handle_set_t ready = 0;
    active = false;
    while (!ready && !__atomic_load_n(&first->host_sleeps, __ATOMIC_RELAXED) && solo5_clock_monotonic() < end) {
        __builtin_ia32_pause();
        ready = ready_now();
    }
    return ready;
}

void net_rings_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    const solo5_time_t now = solo5_clock_monotonic();
    struct hvt_hc_poll poll = {.ready_set = ready_now()};
    if (!poll.ready_set && active && deadline > now)
        poll.ready_set = linger(deadline);
    if (poll.ready_set || deadline <= now) {
        announce();
    } else {
        unannounced = 0; /* the tender sends all before it waits */
        poll.timeout_nsecs = deadline - now;
        hypercall(HVT_HYPERCALL_POLL, &poll);
    }
    if (ready_set)
        *ready_set = poll.ready_set;
}
