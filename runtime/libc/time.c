/* SPDX-License-Identifier: ISC */
/* Clocks and sleep. Nanoseconds below, seconds and nanoseconds above. */
#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "shim.h"
#include "solo5.h"
#include "stage.h"

static const uint64_t SECOND = 1000000000;

/*
 * clock_gettime: the time module, the interpreter's own timeouts. One program runs, alone, so its processor
 * time is the time since start. While an image is built it is 1970 for those who may ask (python/stage.c).
 */
long time_read(long clock, struct timespec *result)
{
    uint64_t now;

    if (!stage_allows("the clock"))
        return -EPERM;
    if (stage_is_initialise()) {
        *result = (struct timespec){0};
        return 0;
    }
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        now = solo5_clock_wall();
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
        now = solo5_clock_monotonic();
        break;
    default:
        return -EINVAL;
    }
    *result = (struct timespec){.tv_sec = (time_t)(now / SECOND), .tv_nsec = (long)(now % SECOND)};
    return 0;
}

/* clock_getres: time.get_clock_info(). */
long time_resolution(struct timespec *result)
{
    if (result)
        *result = (struct timespec){.tv_nsec = 1};
    return 0;
}

/*
 * solo5_yield() comes back at once while a frame waits to be read, and nobody reads it in a blocking sleep: then
 * this spins. In asyncio code nothing sleeps this way.
 */
void time_wait_until(unsigned long long deadline)
{
    while (solo5_clock_monotonic() < deadline)
        solo5_yield(deadline, NULL);
}

/* clock_nanosleep, nanosleep: time.sleep(). */
long time_sleep(long clock, long flags, const struct timespec *request)
{
    uint64_t monotonic, wanted, now;

    if (stage_is_initialise()) {
        stage_allows("the clock, to sleep");
        return -EPERM;
    }
    monotonic = solo5_clock_monotonic();
    if (request->tv_sec < 0 || request->tv_nsec < 0 || (uint64_t)request->tv_nsec >= SECOND)
        return -EINVAL;
    /* Half of what there is: the clock can be added to it, centuries from now. */
    if (__builtin_mul_overflow((uint64_t)request->tv_sec, SECOND, &wanted) ||
        __builtin_add_overflow(wanted, (uint64_t)request->tv_nsec, &wanted) || wanted > UINT64_MAX / 2)
        wanted = UINT64_MAX / 2;
    if (flags & TIMER_ABSTIME) {
        now = clock == CLOCK_REALTIME ? solo5_clock_wall() : monotonic;
        wanted = wanted > now ? wanted - now : 0;
    }
    time_wait_until(monotonic + wanted);
    return 0;
}
