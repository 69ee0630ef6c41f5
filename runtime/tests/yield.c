/* SPDX-License-Identifier: ISC */
/* Waiting: not shorter than asked, not much longer, and a deadline in the past returns at once. */
#include "guest.h"

enum { ONE_MILLISECOND = 1000000, TRIES = 100 };

/* How much longer it took. */
static uint64_t wait_for(uint64_t duration)
{
    solo5_handle_set_t ready = ~0ULL;
    const solo5_time_t start = solo5_clock_monotonic(), deadline = start + duration;
    do
        solo5_yield(deadline, &ready);
    while (solo5_clock_monotonic() < deadline);
    expect(ready == 0, "no device to be ready");
    return solo5_clock_monotonic() - deadline;
}

/* A busy host wakes us when it likes: once of many times it is in time. */
static void wait_about(uint64_t duration)
{
    int tries = 0;
    while (wait_for(duration) >= 250 * ONE_MILLISECOND)
        expect(++tries < TRIES, "a wait about as long as asked");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    solo5_yield(0, NULL);
    solo5_handle_set_t ready = ~0ULL;
    solo5_yield(solo5_clock_monotonic() - 1, &ready);
    expect(ready == 0, "no device to be ready");
    for (uint64_t duration = 1; duration <= 100 * ONE_MILLISECOND; duration *= 10)
        wait_about(duration);
    return succeed();
}
