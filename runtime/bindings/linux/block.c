/* SPDX-License-Identifier: ISC */
/* Linux process: blocks, on an open file. */
#include "manifest.h"
#include "process.h"

static const struct mft_entry *device_for(solo5_handle_t handle, solo5_off_t offset, size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC);
    return device && block_request_valid(device, offset, size) ? device : NULL;
}

static size_t part_of(const struct mft_entry *device, size_t size)
{
    return process.one_block_at_a_time ? device->u.block_basic.block_size : size;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset, const uint8_t *buf, size_t size)
{
    const struct mft_entry *device = device_for(handle, offset, size);
    if (!device)
        return SOLO5_R_EINVAL;
    const size_t part = part_of(device, size);
    for (size_t done = 0; done < size; done += part)
        if (linux_pwrite(device->b.hostfd, buf + done, part, offset + done) != (long)part)
            return SOLO5_R_EUNSPEC;
    return SOLO5_R_OK;
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf, size_t size)
{
    const struct mft_entry *device = device_for(handle, offset, size);
    if (!device)
        return SOLO5_R_EINVAL;
    const size_t part = part_of(device, size);
    for (size_t done = 0; done < size; done += part)
        if (linux_pread(device->b.hostfd, buf + done, part, offset + done) != (long)part)
            return SOLO5_R_EUNSPEC;
    return SOLO5_R_OK;
}

solo5_result_t solo5_block_flush(solo5_handle_t handle)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC);
    if (!device)
        return SOLO5_R_EINVAL;
    if (!process.flush_allowed)
        return SOLO5_R_OK;
    return linux_call3(__NR_fdatasync, device->b.hostfd, 0, 0) < 0 ? SOLO5_R_EUNSPEC : SOLO5_R_OK;
}

/* Nobody behind this target has a use for the hint. */
solo5_result_t solo5_block_discard(solo5_handle_t handle, solo5_off_t offset, uint64_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC);
    return device && block_request_valid(device, offset, size) ? SOLO5_R_OK : SOLO5_R_EINVAL;
}
