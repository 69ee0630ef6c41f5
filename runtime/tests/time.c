/* SPDX-License-Identifier: ISC */
/* The clocks: the monotonic one never goes back and advances as the wall clock does. */
#include "guest.h"

enum { ONE_MILLISECOND = 1000000, INTERVAL = 50 * ONE_MILLISECOND };

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
    const solo5_time_t monotonic = solo5_clock_monotonic(), wall = solo5_clock_wall();
    while (solo5_clock_wall() - wall < INTERVAL)
        ;
    const solo5_time_t passed = solo5_clock_monotonic() - monotonic;
    expect(passed >= INTERVAL - ONE_MILLISECOND && passed < INTERVAL + 40 * ONE_MILLISECOND, "clocks that agree");
    return succeed();
}
