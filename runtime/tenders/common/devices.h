/* SPDX-License-Identifier: ISC */
/* Attaches host devices to the entries of a manifest. */
#ifndef PYMIRAGE_DEVICES_H
#define PYMIRAGE_DEVICES_H

#include "mft_abi.h"
#include "options.h"

/*
 * Opens what the options name and completes (manifest), which has been validated. Fails with a message
 * when a device cannot be opened, is not in the manifest, or is in it and not attached.
 */
void devices_attach(struct mft *manifest, const struct options *options);

/* Opens a TAP interface, or takes "@N", for reading and writing frames without blocking. */
int tap_open(const char *interface, uint16_t *mtu);

#endif
