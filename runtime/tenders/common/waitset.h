/* SPDX-License-Identifier: ISC */
/* What an idle guest waits for: its network devices and a timer. */
#ifndef PYMIRAGE_WAITSET_H
#define PYMIRAGE_WAITSET_H

#include "mft_abi.h"

/* Opens an epoll set with every attached network device, by its index, and a timer as SPT_INTERNAL_TIMERFD. */
void waitset_open(const struct mft *manifest, int *epollfd, int *timerfd);

#endif
