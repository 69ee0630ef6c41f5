/* SPDX-License-Identifier: ISC */
/* Finds devices in a manifest that has been validated. */
#ifndef PYMIRAGE_MANIFEST_H
#define PYMIRAGE_MANIFEST_H

#include "mft_abi.h"

/* NULL when no device of (type) has the name. (*index), unless NULL, receives the device's handle. */
const struct mft_entry *manifest_by_name(const struct mft *manifest, const char *name, uint32_t type,
                                         uint64_t *index);

/* NULL when (index) is not a device of (type). */
const struct mft_entry *manifest_by_index(const struct mft *manifest, uint64_t index, uint32_t type);

#endif
