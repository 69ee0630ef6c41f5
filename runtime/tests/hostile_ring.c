/* SPDX-License-Identifier: ISC */
/* A guest that attacks the hvt tender through the memory that they share, in the way that its argument names. */
#include "guest.h"
#include "hvt_abi.h"
#include "net_ring_abi.h"

static volatile struct net_rings *const rings = (volatile struct net_rings *)HVT_NET_RINGS_BASE;

static void call(int number)
{
    __asm__ volatile("outl %0, %1" : : "a"(0), "d"((uint16_t)(HVT_HYPERCALL_PIO_BASE + number)) : "memory");
}

static volatile uint32_t *size_at(size_t position)
{
    return (volatile uint32_t *)&rings->to_host_octets[position];
}

/* The second thread may end us before the next line. */
static void produce(uint64_t position)
{
    rings->to_host.produced = position;
    call(HVT_HYPERCALL_NET_KICK);
    call(HVT_HYPERCALL_NET_SERVE);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const char *attack = info->cmdline;
    if (same(attack, "produced_beyond"))
        produce(NET_RING_SIZE + 16);
    if (same(attack, "produced_backwards"))
        produce(-16ULL);
    if (same(attack, "produced_between"))
        produce(24);
    if (same(attack, "frame_longer_than_produced"))
        *size_at(0) = 100, produce(32);
    if (same(attack, "frame_longer_than_any"))
        *size_at(0) = SOLO5_NET_LONGEST + 1, produce(NET_RING_SIZE);
    if (same(attack, "frame_across_end")) {
        for (uint32_t at = 0; at < NET_RING_SIZE - 16; at += 16)
            *size_at(at) = 0;
        produce(NET_RING_SIZE - 16);
        *size_at(NET_RING_SIZE - 16) = 64, produce(NET_RING_SIZE + 256);
    }
    if (same(attack, "only_wraps"))
        *size_at(0) = NET_RECORD_WRAP, produce(NET_RING_SIZE);
    if (same(attack, "wrap_after_wrap")) {
        *size_at(0) = 0, produce(16);
        *size_at(16) = *size_at(0) = NET_RECORD_WRAP, produce(NET_RING_SIZE + 16);
    }
    if (same(attack, "consumed_ahead")) {
        rings->to_guest.consumed = 1ULL << 40; /* whatever Linux has sent by now */
        solo5_yield(solo5_clock_monotonic() + 1000000, NULL);
    }
    if (same(attack, "kicks")) {
        for (int i = 0; i < 1000; i++)
            call(HVT_HYPERCALL_NET_KICK);
        for (int i = 0; i < 100; i++)
            rings->host_sleeps = 1, rings->to_host.consumed = (uint64_t)i, call(HVT_HYPERCALL_NET_SERVE);
        return succeed();
    }
    print("no complaint\n");
    return SOLO5_EXIT_SUCCESS;
}
