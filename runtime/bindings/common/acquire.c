/* SPDX-License-Identifier: ISC */
/* Opening a device is the same on every target: its entry in the completed manifest. */
#include "bindings.h"
#include "manifest.h"

solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle, struct solo5_net_info *info)
{
    const struct mft_entry *device = manifest_by_name(bindings_manifest, name, MFT_DEV_NET_BASIC, handle);
    if (!device)
        return SOLO5_R_EINVAL;
    memcpy(info->mac_address, device->u.net_basic.mac, sizeof info->mac_address);
    info->mtu = device->u.net_basic.mtu;
    return SOLO5_R_OK;
}

solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle, struct solo5_block_info *info)
{
    const struct mft_entry *device = manifest_by_name(bindings_manifest, name, MFT_DEV_BLOCK_BASIC, handle);
    if (!device)
        return SOLO5_R_EINVAL;
    info->capacity = device->u.block_basic.capacity;
    info->block_size = device->u.block_basic.block_size;
    return SOLO5_R_OK;
}
