/* SPDX-License-Identifier: ISC */
/*
 * The second thread: see net_thread.h. It sleeps until the guest kicks it, serves until there is nothing to do, and
 * then waits for interfaces too, unless the guest waits and so takes its frames itself.
 */
#include "net_thread.h"

#include <linux/eventpoll.h>

#include "linux.h"
#include "message.h"
#include "net_rings.h"
#include "thread.h"

enum {
    PATIENCE = 20, /* turns without work before it sleeps: a kick costs the guest more than a few of them */
    EVENTS = 4,
};

static int kicks = -1;            /* an epoll set: the guest's kicks */
static int kicks_and_frames = -1; /* ... and the interfaces */
static struct thread thread;

static void watch(int set, int fd)
{
    const struct epoll_event event = {.events = EPOLLIN};
    const long result = linux_call4(__NR_epoll_ctl, set, EPOLL_CTL_ADD, fd, (long)&event);
    if (result < 0)
        fail("cannot wait for a device: ", error_name(result));
}

static int new_set(void)
{
    const long set = linux_call3(__NR_epoll_create1, EPOLL_CLOEXEC, 0, 0);
    if (set < 0)
        fail("cannot wait for a device: ", error_name(set));
    watch((int)set, net_rings_kick_fd());
    return (int)set;
}

static void sleep_on(int set)
{
    struct epoll_event events[EVENTS];
    uint64_t number_of_kicks;
    net_rings_sleep(true);
    if (net_rings_to_host_empty())
        linux_call6(__NR_epoll_pwait, set, (long)events, EVENTS, -1, 0, 0);
    net_rings_sleep(false);
    linux_read(net_rings_kick_fd(), &number_of_kicks, sizeof number_of_kicks);
}

/* Works until nothing has moved for some turns. */
static unsigned work_until_idle(void)
{
    unsigned work = 0;
    for (int idle = 0; idle < PATIENCE; idle++) {
        work = net_rings_work();
        if (work & NET_WORK_DONE)
            idle = 0;
        else
            linux_call3(__NR_sched_yield, 0, 0, 0);
    }
    return work;
}

static _Noreturn void net_thread_run(void *unused)
{
    (void)unused;
    int set = kicks;
    for (;;) {
        sleep_on(set);
        const unsigned work = work_until_idle();
        set = work & (NET_WORK_FOR_GUEST | NET_WORK_CROWDED) ? kicks : kicks_and_frames;
    }
}

void net_thread_prepare(const struct vm *vm)
{
    const struct mft *manifest = vm->image->manifest;
    kicks = new_set();
    kicks_and_frames = new_set();
    for (uint32_t i = 0; i < manifest->entries; i++)
        if (manifest->e[i].type == MFT_DEV_NET_BASIC)
            watch(kicks_and_frames, manifest->e[i].b.hostfd);
}

void net_thread_start(void)
{
    const long result = thread_start(&thread, net_thread_run, 0);
    if (result < 0)
        fail("cannot start a thread: ", error_name(result));
}

void net_thread_filter(struct filter *filter)
{
    filter_allow_first(filter, __NR_epoll_pwait, (uint64_t)kicks);
    filter_allow_first(filter, __NR_epoll_pwait, (uint64_t)kicks_and_frames);
    filter_allow(filter, __NR_sched_yield);
}
