/* SPDX-License-Identifier: ISC */
/* hvt: waiting. The tender takes a duration, not a deadline: it does not share our clock. */
#include "hvt.h"

void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    const solo5_time_t now = solo5_clock_monotonic();
    struct hvt_hc_poll poll = {.timeout_nsecs = deadline > now ? deadline - now : 0};
    hypercall(HVT_HYPERCALL_POLL, &poll);
    if (ready_set)
        *ready_set = poll.ready_set;
}
