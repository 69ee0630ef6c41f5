/* SPDX-License-Identifier: ISC */
/* Linux process: frames, on an open TAP descriptor. */
#include <asm/errno.h>

#include "manifest.h"
#include "process.h"

solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device || size > (size_t)device->u.net_basic.mtu + SOLO5_NET_HLEN)
        return SOLO5_R_EINVAL;
    const long written = linux_write(device->b.hostfd, buf, size);
    if (written == -EAGAIN || written == -ENOBUFS)
        return SOLO5_R_OK; /* no room: dropped, as on a wire */
    return written == (long)size ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
}

solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size, size_t *read_size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device)
        return SOLO5_R_EINVAL;
    const long length = linux_read(device->b.hostfd, buf, size);
    if (length == -EAGAIN)
        return SOLO5_R_AGAIN;
    if (length < 0)
        return SOLO5_R_EUNSPEC;
    *read_size = (size_t)length;
    return SOLO5_R_OK;
}
