/* SPDX-License-Identifier: ISC */
/* What the files of the spt tender share. */
#ifndef PYMIRAGE_TENDER_SPT_H
#define PYMIRAGE_TENDER_SPT_H

#include "mft_abi.h"
#include "spt_abi.h"

/* Leaves this process the system calls of the spt ABI on the attached devices, and nothing else. */
void spt_filter(const struct mft *manifest, uint64_t net_headers, int epollfd, int timerfd);

#endif
