/* SPDX-License-Identifier: ISC */
/* hvt: waiting. The tender takes a duration, not a deadline: it does not share our clock. */
#include "hvt.h"

static bool has_network(void)
{
    for (uint32_t i = 0; i < bindings_manifest->entries; i++)
        if (bindings_manifest->e[i].type == MFT_DEV_NET_BASIC)
            return true;
    return false;
}

void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    if (net_rings_used()) {
        net_rings_yield(deadline, ready_set);
        return;
    }
    const solo5_time_t now = solo5_clock_monotonic();
    struct hvt_hc_poll poll = {.timeout_nsecs = deadline > now ? deadline - now : 0};
    /* Nothing to wait for and nothing that could be ready: an exit would cost thousands of instructions. */
    if (poll.timeout_nsecs || has_network())
        hypercall(HVT_HYPERCALL_POLL, &poll);
    if (ready_set)
        *ready_set = poll.ready_set;
}

/* Whoever wants an end here sends the process a signal. */
bool solo5_stop_requested(void)
{
    return false;
}
