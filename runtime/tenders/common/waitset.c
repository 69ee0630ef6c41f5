/* SPDX-License-Identifier: ISC */
/* What an idle guest waits for: see waitset.h. */
#include "waitset.h"

#include <linux/eventpoll.h>
#include <linux/time.h>
#include <linux/timerfd.h>

#include "linux.h"
#include "message.h"
#include "spt_abi.h"

static void add(int epollfd, int fd, uint64_t datum)
{
    const struct epoll_event event = {.events = EPOLLIN, .data = datum};
    const long result = linux_call4(__NR_epoll_ctl, epollfd, EPOLL_CTL_ADD, fd, (long)&event);
    if (result < 0)
        fail("cannot wait for a device: ", error_name(result));
}

void waitset_open(const struct mft *manifest, int *epollfd, int *timerfd)
{
    *epollfd = (int)linux_call3(__NR_epoll_create1, EPOLL_CLOEXEC, 0, 0);
    *timerfd = (int)linux_call3(__NR_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC, 0);
    if (*epollfd < 0 || *timerfd < 0)
        fail("cannot open a timer: ", error_name(*epollfd < 0 ? *epollfd : *timerfd));
    add(*epollfd, *timerfd, SPT_INTERNAL_TIMERFD);
    for (uint32_t i = 0; i < manifest->entries; i++)
        if (manifest->e[i].type == MFT_DEV_NET_BASIC)
            add(*epollfd, manifest->e[i].b.hostfd, i);
}
