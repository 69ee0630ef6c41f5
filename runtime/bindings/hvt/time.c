/* SPDX-License-Identifier: ISC */
/*
 * hvt: time. The monotonic clock is the time-stamp counter, whose frequency the tender gives; it needs an
 * invariant counter (Intel SDM volume 3, 18.17.1) that the host does not emulate.
 */
#include "hvt.h"

static uint64_t first_tick;
static uint64_t nanoseconds_per_tick; /* fixed point, 32 fractional bits: off by 2^-31 at 2 GHz, 15 ms a year */

static uint64_t read_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

void time_init(uint64_t frequency)
{
    if (frequency < 1000000)
        fatal("the tender gave no usable frequency for the processor's clock");
    nanoseconds_per_tick = (1000000000ULL << 32) / frequency;
    first_tick = read_ticks();
}

solo5_time_t solo5_clock_monotonic(void)
{
    return (uint64_t)((unsigned __int128)(read_ticks() - first_tick) * nanoseconds_per_tick >> 32);
}

/*
 * The wall clock runs as the monotonic one for a moment: a server asks it at every request, and an exit costs more
 * than the rest of one. What an interrupted exit brings is late, and not kept.
 */
solo5_time_t solo5_clock_wall(void)
{
    enum { MOMENT = 100000000, PROMPT = 200000, RESET = 1000000 };
    static solo5_time_t asked, ahead, last;

    const solo5_time_t before = solo5_clock_monotonic();
    solo5_time_t now = before + ahead;
    if (!ahead || before - asked >= MOMENT) {
        struct hvt_hc_walltime walltime = {0};
        hypercall(HVT_HYPERCALL_WALLTIME, &walltime);
        const solo5_time_t took = solo5_clock_monotonic() - before;
        now = walltime.nsecs;
        ahead = took <= PROMPT ? now - (before + took / 2) : 0;
        asked = before;
    }
    /* Both clocks' errors are no steps back; further back the host's clock was set. */
    if (now > last || last - now > RESET)
        last = now;
    return last;
}
