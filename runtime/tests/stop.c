/* SPDX-License-Identifier: ISC */
/* Waits until the host asks it to end. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    expect(!solo5_stop_requested(), "nobody to ask so early");
    print("ready\n");
    const solo5_time_t late = solo5_clock_monotonic() + 600 * 1000000000ULL;
    while (!solo5_stop_requested() && solo5_clock_monotonic() < late)
        solo5_yield(late, NULL);
    expect(solo5_stop_requested(), "somebody to ask");
    return succeed();
}
