/* SPDX-License-Identifier: ISC */
/* Waits for ever: for tests of signals and of what an idle guest costs. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    print("SUCCESS\n");
    for (;;)
        solo5_yield(solo5_clock_monotonic() + 3600ULL * 1000000000ULL, NULL);
}
