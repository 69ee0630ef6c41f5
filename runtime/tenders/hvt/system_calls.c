/* SPDX-License-Identifier: ISC */
/* The system calls that serving a guest takes, should the guest ever get hold of this process. */
#include <linux/time.h>

#include "filter.h"
#include "hvt.h"
#include "linux.h"
#include "net_rings.h"
#include "net_thread.h"

static void allow_device(struct filter *filter, const struct mft_entry *entry, bool has_header)
{
    const uint64_t fd = (uint64_t)entry->b.hostfd;
    if (entry->type == MFT_DEV_NET_BASIC) {
        filter_allow_first(filter, __NR_read, fd);
        filter_allow_first(filter, __NR_write, fd);
    }
    if (has_header) { /* hypercalls of an image that does not use the rings */
        filter_allow_first(filter, __NR_readv, fd);
        filter_allow_first(filter, __NR_writev, fd);
    }
    if (entry->type == MFT_DEV_BLOCK_BASIC) {
        filter_allow_first(filter, __NR_pread64, fd);
        filter_allow_first(filter, __NR_pwrite64, fd);
        filter_allow_first(filter, __NR_fdatasync, fd);
    }
}

void hvt_filter(const struct vm *vm)
{
    static struct filter filter;
    filter_begin(&filter);
    filter_allow_two(&filter, __NR_ioctl, (uint64_t)vm->vcpu, KVM_RUN);
    for (uint32_t i = 0; i < vm->image->manifest->entries; i++)
        allow_device(&filter, &vm->image->manifest->e[i], vm->net_headers >> i & 1);
    if (net_rings_exist()) {
        net_rings_filter(&filter);
        net_thread_filter(&filter);
    }
    filter_allow_first(&filter, __NR_epoll_pwait, (uint64_t)vm->epollfd);
    filter_allow_first(&filter, __NR_timerfd_settime, (uint64_t)vm->timerfd);
    filter_allow_first(&filter, __NR_write, 1);
    filter_allow_first(&filter, __NR_clock_gettime, CLOCK_REALTIME);
    filter_allow_first(&filter, __NR_write, 2);
    filter_allow_two(&filter, __NR_ioctl, (uint64_t)vm->vcpu, KVM_GET_REGS);
    filter_allow_two(&filter, __NR_ioctl, (uint64_t)vm->vcpu, KVM_GET_SREGS);
    filter_allow(&filter, __NR_exit_group);
    filter_install(&filter, FILTER_KILLS);
}
