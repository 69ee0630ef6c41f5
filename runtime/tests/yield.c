/* SPDX-License-Identifier: ISC */
/* Waiting: not shorter than asked, not much longer, and a deadline in the past returns at once. */
#include "guest.h"

enum { ONE_MILLISECOND = 1000000 };

static void wait_for(uint64_t duration)
{
    solo5_handle_set_t ready = ~0ULL;
    const solo5_time_t start = solo5_clock_monotonic(), deadline = start + duration;
    do
        solo5_yield(deadline, &ready);
    while (solo5_clock_monotonic() < deadline);
    expect(ready == 0, "no device to be ready");
    expect(solo5_clock_monotonic() - start < duration + 250 * ONE_MILLISECOND, "a wait about as long as asked");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    solo5_yield(0, NULL);
    solo5_handle_set_t ready = ~0ULL;
    solo5_yield(solo5_clock_monotonic() - 1, &ready);
    expect(ready == 0, "no device to be ready");
    for (uint64_t duration = 1; duration <= 100 * ONE_MILLISECOND; duration *= 10)
        wait_for(duration);
    return succeed();
}
