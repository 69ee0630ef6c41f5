/* SPDX-License-Identifier: ISC */
/* hvt: blocks. */
#include "hvt.h"
#include "manifest.h"

bool block_flush_offered;

static solo5_result_t transfer(enum hvt_hypercall number, solo5_handle_t handle, solo5_off_t offset,
                               const void *buf, size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC);
    if (!device || !block_request_valid(device, offset, size))
        return SOLO5_R_EINVAL;
    if (!size)
        return SOLO5_R_OK;
    struct hvt_hc_block call = {.handle = handle, .offset = offset, .data = (uintptr_t)buf, .len = size};
    hypercall(number, &call);
    return (solo5_result_t)call.ret;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset, const uint8_t *buf, size_t size)
{
    return transfer(HVT_HYPERCALL_BLOCK_WRITE, handle, offset, buf, size);
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf, size_t size)
{
    return transfer(HVT_HYPERCALL_BLOCK_READ, handle, offset, buf, size);
}

solo5_result_t solo5_block_flush(solo5_handle_t handle)
{
    if (!manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC))
        return SOLO5_R_EINVAL;
    if (!block_flush_offered)
        return SOLO5_R_OK;
    struct hvt_hc_block_flush call = {.handle = handle};
    hypercall(HVT_HYPERCALL_BLOCK_FLUSH, &call);
    return (solo5_result_t)call.ret;
}

/* Nobody behind this target has a use for the hint. */
solo5_result_t solo5_block_discard(solo5_handle_t handle, solo5_off_t offset, uint64_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_BLOCK_BASIC);
    return device && block_request_valid(device, offset, size) ? SOLO5_R_OK : SOLO5_R_EINVAL;
}
