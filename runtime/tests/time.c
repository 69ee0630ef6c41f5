/* SPDX-License-Identifier: ISC */
/* The clocks: neither goes back, and both advance alike. */
#include "guest.h"

enum { INTERVAL = 250000000, TOLERANCE = INTERVAL / 50 }; /* ns; hosts' clocks are adjusted, emulated ones imprecise */

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    expect(solo5_clock_wall() > 1700000000ULL * 1000000000ULL, "a wall clock after 2023");
    solo5_time_t last = solo5_clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        const solo5_time_t now = solo5_clock_monotonic();
        expect(now >= last, "a monotonic clock");
        last = now;
    }
    /* However long the host pauses between two lines: one clock's readings enclose the other's. */
    const solo5_time_t before = solo5_clock_monotonic(), wall = solo5_clock_wall(), begun = solo5_clock_monotonic();
    solo5_time_t ended, passed = 0;
    do {
        const solo5_time_t earlier = passed;
        ended = solo5_clock_monotonic();
        passed = solo5_clock_wall() - wall;
        expect(passed >= earlier, "a wall clock that does not go back");
    } while (passed < INTERVAL);
    const solo5_time_t after = solo5_clock_monotonic();
    expect(passed + TOLERANCE >= ended - begun, "a wall clock as fast as the monotonic one");
    expect(passed <= after - before + TOLERANCE, "a monotonic clock as fast as the wall clock");
    return succeed();
}
