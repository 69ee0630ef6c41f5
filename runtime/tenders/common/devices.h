/* SPDX-License-Identifier: ISC */
/* Attaches host devices to the entries of a manifest. */
#ifndef PYMIRAGE_DEVICES_H
#define PYMIRAGE_DEVICES_H

#include "mft_abi.h"
#include "options.h"

/*
 * Opens what the options name and completes (manifest), which has been validated. Fails with a message
 * when a device cannot be opened, is not in the manifest, or is in it and not attached.
 *
 * Returns the set of network devices whose frames have a struct solo5_net_header before them: none unless
 * (net_headers), which says that the guest understands them, and then those whose interface can.
 */
uint64_t devices_attach(struct mft *manifest, const struct options *options, bool net_headers);

struct tap {
    int fd;
    uint16_t mtu;
    bool has_header; /* a struct solo5_net_header goes before each frame */
};

/*
 * Opens a TAP interface, or takes "@N", for reading and writing frames without blocking. (want_header): with a
 * header if it can. Frames are not long until the guest asks for it.
 */
struct tap tap_open(const char *interface, bool want_header);

#endif
