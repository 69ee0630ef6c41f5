/* SPDX-License-Identifier: ISC */
/*
 * Linux process: waiting. epoll alone counts in milliseconds, so the set holds a timer, set to the deadline: our
 * monotonic clock is the host's, which saves asking for the time.
 */
#include <linux/eventpoll.h>
#include <linux/time.h>
#include <linux/timerfd.h>

#include "process.h"

enum { EINTR_RESULT = -4 };

/* A loop waits for the same moment again and again. */
static void set_timer(solo5_time_t deadline)
{
    if (deadline == process.timer_at)
        return;
    process.timer_at = deadline;
    /* A timer of zero is off: keep it one nanosecond away. Its seconds are signed. */
    const struct itimerspec at = {
        .it_value = {.tv_sec = (long)(deadline / 1000000000ULL), .tv_nsec = (long)(deadline % 1000000000ULL) | 1}};
    if (linux_call4(__NR_timerfd_settime, process.timerfd, TFD_TIMER_ABSTIME, (long)&at, 0) < 0)
        fatal("the host refused a timer");
}

/* Devices that are ready now need no timer: a loop that has work to do asks often. */
enum { NOT_AT_ALL = 0, UNTIL_AN_EVENT = -1 };

void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    struct epoll_event events[MFT_MAX_ENTRIES + 1];
    const bool wait = deadline > solo5_clock_monotonic();
    if (wait)
        set_timer(deadline);
    const int limit = wait ? UNTIL_AN_EVENT : NOT_AT_ALL;
    long count;
    do
        count = linux_call6(__NR_epoll_pwait, process.epollfd, (long)events, MFT_MAX_ENTRIES + 1, limit, 0, 0);
    while (count == EINTR_RESULT);
    if (count < 0)
        fatal("the host refused to wait");
    solo5_handle_set_t ready = 0;
    for (long i = 0; i < count; i++)
        if (events[i].data == SPT_INTERNAL_TIMERFD)
            process.timer_at = 0;
        else
            ready |= 1ULL << events[i].data;
    if (ready_set)
        *ready_set = ready;
}

/* Whoever wants an end here sends the process a signal. */
bool solo5_stop_requested(void)
{
    return false;
}
