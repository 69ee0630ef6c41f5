/* SPDX-License-Identifier: ISC */
/*
 * Serves the rings of the guest's network devices (net_ring_abi.h). Whoever is awake does it, under one lock: while
 * the guest waits, the thread that runs it, so that an idle guest's frame passes through one thread only; while the
 * guest is busy, a second thread beside it.
 */
#ifndef PYMIRAGE_NET_RINGS_H
#define PYMIRAGE_NET_RINGS_H

#include "filter.h"
#include "hvt.h"

/* There shall be rings for the network devices; of (headers) frames have a header. Before memory is mapped for them. */
void net_rings_add(const struct mft *manifest, uint64_t headers);

/* Takes that memory into use. */
void net_rings_create(const struct vm *vm);

/* The calls that both threads make. */
void net_rings_filter(struct filter *filter);

bool net_rings_exist(void);
uint64_t net_rings_memory_size(void);

/* The guest begins to wait: from now on frames reach it by its own thread. Returns the devices with frames to read. */
uint64_t net_rings_guest_waits(void);

/* It goes on, with what has come since. */
uint64_t net_rings_guest_runs(void);

/* Sends what the guest has put into its rings. */
void net_rings_send_all(void);

/* Long frames, open checksums, or neither. False when (handle) has no such device, or the host refuses. */
bool net_rings_offload(uint64_t handle, bool wanted);

/* For the second thread. */
enum net_work {
    NET_WORK_DONE = 1 << 0,     /* frames have moved */
    NET_WORK_CROWDED = 1 << 1,  /* a ring to the guest is full */
    NET_WORK_FOR_GUEST = 1 << 2 /* the guest waits, and takes frames by its own thread */
};
unsigned net_rings_work(void);
bool net_rings_to_host_empty(void);
void net_rings_sleep(bool asleep);
int net_rings_kick_fd(void);

/* Frames of one turn, so that nobody waits for the lock for long. */
enum { NET_BATCH = 32 };

#endif
