/* SPDX-License-Identifier: ISC */
/* hvt: frames. */
#include "hvt.h"
#include "manifest.h"

solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device || size > (size_t)device->u.net_basic.mtu + SOLO5_NET_HLEN)
        return SOLO5_R_EINVAL;
    struct hvt_hc_net call = {.handle = handle, .data = (uintptr_t)buf, .len = size};
    hypercall(HVT_HYPERCALL_NET_WRITE, &call);
    return (solo5_result_t)call.ret;
}

solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size, size_t *read_size)
{
    struct hvt_hc_net call = {.handle = handle, .data = (uintptr_t)buf, .len = size};
    hypercall(HVT_HYPERCALL_NET_READ, &call);
    *read_size = call.len;
    return (solo5_result_t)call.ret;
}
