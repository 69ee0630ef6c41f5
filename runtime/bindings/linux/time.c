/* SPDX-License-Identifier: ISC */
/* Linux process: time, from the host's clocks. */
#include "process.h"

#include <linux/time.h>

static solo5_time_t read_clock(int clock)
{
    struct timespec now = {0};
    const long result = process.clock ? process.clock(clock, &now) : linux_clock_gettime(clock, &now);
    if (result < 0)
        fatal("the host refused to tell the time");
    return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

solo5_time_t solo5_clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

solo5_time_t solo5_clock_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}
