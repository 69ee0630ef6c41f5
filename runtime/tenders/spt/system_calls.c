/* SPDX-License-Identifier: ISC */
/* The system calls that an spt guest may make. This is the whole surface between it and the host's kernel. */
#include <asm/prctl.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <linux/time.h>

#include "filter.h"
#include "linux.h"
#include "spt.h"

/* With headers before the frames, the guest may also say whether it takes long ones. */
static void allow_network(struct filter *filter, const struct mft_entry *entry, bool has_header)
{
    const uint64_t fd = (uint64_t)entry->b.hostfd;
    filter_allow_first(filter, has_header ? __NR_readv : __NR_read, fd);
    filter_allow_first(filter, has_header ? __NR_writev : __NR_write, fd);
    if (has_header)
        filter_allow_two(filter, __NR_ioctl, fd, TUNSETOFFLOAD);
}

/* Beyond the capacity a guest could make a file grow, so size and offset are pinned too. */
static void allow_block(struct filter *filter, const struct mft_entry *entry)
{
    const uint64_t size = entry->u.block_basic.block_size, last = entry->u.block_basic.capacity - size;
    filter_allow_transfer(filter, __NR_pread64, entry->b.hostfd, size, last);
    filter_allow_transfer(filter, __NR_pwrite64, entry->b.hostfd, size, last);
    filter_allow_first(filter, __NR_fdatasync, (uint64_t)entry->b.hostfd);
}

void spt_filter(const struct mft *manifest, uint64_t net_headers, int epollfd, int timerfd)
{
    static struct filter filter;
    filter_begin(&filter);
    filter_allow_first(&filter, __NR_clock_gettime, CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < manifest->entries; i++) {
        if (manifest->e[i].type == MFT_DEV_NET_BASIC)
            allow_network(&filter, &manifest->e[i], net_headers >> i & 1);
        if (manifest->e[i].type == MFT_DEV_BLOCK_BASIC)
            allow_block(&filter, &manifest->e[i]);
    }
    filter_allow_first(&filter, __NR_epoll_pwait, (uint64_t)epollfd);
    filter_allow_first(&filter, __NR_timerfd_settime, (uint64_t)timerfd);
    filter_allow_first(&filter, __NR_write, 1);
    filter_allow_first(&filter, __NR_clock_gettime, CLOCK_REALTIME);
    filter_allow_first(&filter, __NR_arch_prctl, ARCH_SET_FS);
    filter_allow_first(&filter, __NR_write, 2); /* our reports of faults and signals */
    filter_allow(&filter, __NR_exit_group);
    filter_install(&filter, FILTER_SIGNALS);
}
