/* SPDX-License-Identifier: ISC */
/*
 * spt: what a guest in a seccomp-sandboxed process and its tender say to each other. After the jump to
 * _start they do not speak again: the guest makes the few system calls that the filter lets through.
 *
 * Solo5's spt ABI, version 2, x86-64.
 */
#ifndef PYMIRAGE_SPT_ABI_H
#define PYMIRAGE_SPT_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "elf_abi.h"

#define SPT_ABI_VERSION 2
#define SPT_GUEST_MIN_BASE 0x100000UL /* nothing of an image lies below */
#define SPT_CMDLINE_SIZE 8192         /* terminator included */
#define SPT_HOST_MEM_BASE 0x10000UL   /* lowest address that every Linux lets a process map */
#define SPT_BOOT_INFO_BASE 0x11000UL
#define SPT_INTERNAL_TIMERFD 0xfffffffeUL /* the timer's datum in the epoll set; others are handles */

/* _start receives its address. */
struct spt_boot_info {
    uint64_t mem_size;   /* guest memory ends at this address */
    uint64_t kernel_end; /* first address after the image */
    uint64_t cmdline;
    uint64_t mft;
    int32_t epollfd; /* holds the network devices and timerfd */
    int32_t timerfd; /* wakes the epoll set at a deadline */

    /* Addition; present when the manifest begins after it (see spt_boot_info_is_long). */
    uint32_t host_features;
    uint32_t reserved;
    uint64_t net_headers; /* set of network devices whose frames have a struct solo5_net_header before them */

    /* Second addition, told in the same way. */
    uint64_t clock; /* the host's clock_gettime that is no system call; 0: there is none */
};

/* Addition: the filter lets fdatasync on block devices through. */
#define SPT_FEATURE_BLOCK_FLUSH (1U << 24)

/* True when the tender wrote the first (size) octets of it. */
static inline _Bool spt_boot_info_reaches(const struct spt_boot_info *info, size_t size)
{
    return info->mft >= (uintptr_t)info + size;
}

static inline _Bool spt_boot_info_is_long(const struct spt_boot_info *info)
{
    return spt_boot_info_reaches(info, offsetof(struct spt_boot_info, clock));
}

static inline _Bool spt_boot_info_has_clock(const struct spt_boot_info *info)
{
    return spt_boot_info_reaches(info, sizeof *info);
}

#endif
