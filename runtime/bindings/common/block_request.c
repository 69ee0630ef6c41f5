/* SPDX-License-Identifier: ISC */
/* What a request to a block device must fulfil on every target. */
#include "bindings.h"

bool block_request_valid(const struct mft_entry *device, uint64_t offset, uint64_t size)
{
    const uint64_t block_size = device->u.block_basic.block_size, capacity = device->u.block_basic.capacity;
    if (offset & (block_size - 1) || size & (block_size - 1))
        return false;
    return offset <= capacity && size <= capacity - offset;
}
