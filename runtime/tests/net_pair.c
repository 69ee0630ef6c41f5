/* SPDX-License-Identifier: ISC */
/* Networks "one" and "other": passes every frame on from each to the other, until one asks to stop. */
#include "guest.h"

static uint8_t frame[SOLO5_NET_LONGEST];
static solo5_handle_t handles[2];

/* Returns false when a frame asks to stop. */
static bool pass_on(int from)
{
    size_t size;
    while (solo5_net_read(handles[from], frame, sizeof frame, &size) == SOLO5_R_OK)
        if (taken(solo5_net_write(handles[1 - from], frame, size)) && asks_to_stop(frame, size))
            return false;
    return true;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    struct solo5_net_info device;
    expect(solo5_net_acquire("one", &handles[0], &device) == SOLO5_R_OK, "one device");
    expect(solo5_net_acquire("other", &handles[1], &device) == SOLO5_R_OK, "the other device");
    expect(handles[0] != handles[1], "two handles");
    print("ready\n");
    for (bool more = true; more;) {
        solo5_handle_set_t ready = 0;
        solo5_yield(solo5_clock_monotonic() + 3600ULL * 1000000000ULL, &ready);
        for (int i = 0; i < 2 && more; i++)
            if (ready >> handles[i] & 1)
                more = pass_on(i);
    }
    return succeed();
}
