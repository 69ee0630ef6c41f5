/* SPDX-License-Identifier: ISC */
/*
 * What unix and spt share: both run as a Linux process and make its system calls themselves. They differ
 * in who opens the devices (unix: the image; spt: the tender) and in what the kernel then lets through.
 */
#ifndef PYMIRAGE_BINDINGS_PROCESS_H
#define PYMIRAGE_BINDINGS_PROCESS_H

#include "bindings.h"
#include "linux.h"
#include "spt_abi.h"
#include "vdso.h"

struct process {
    int epollfd; /* network devices, by handle, and timerfd as SPT_INTERNAL_TIMERFD */
    int timerfd;
    solo5_time_t timer_at; /* what the timer is set to; 0 when it has gone off */
    bool one_block_at_a_time; /* spt: the filter lets nothing else through */
    bool flush_allowed;
    vdso_clock_gettime *clock; /* NULL: by system call */
    solo5_handle_set_t net_headers; /* devices whose frames have a struct solo5_net_header before them */
};

extern struct process process; /* start.c fills it in */

#endif
