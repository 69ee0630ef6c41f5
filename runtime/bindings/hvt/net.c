/* SPDX-License-Identifier: ISC */
/* hvt: frames, through shared rings or, under Solo5's tender, by one hypercall each. */
#include "hvt.h"
#include "manifest.h"

solo5_handle_set_t net_headers;

static bool has_offloads(solo5_handle_t handle)
{
    return net_headers >> handle & 1;
}

uint32_t solo5_net_features(solo5_handle_t handle)
{
    return manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC) && has_offloads(handle) ? NET_OFFLOADS : 0;
}

solo5_result_t solo5_net_offload(solo5_handle_t handle, bool wanted)
{
    if (!solo5_net_features(handle))
        return SOLO5_R_EINVAL;
    struct hvt_hc_net_offload call = {.handle = handle, .wanted = wanted};
    hypercall(HVT_HYPERCALL_NET_OFFLOAD, &call);
    return (solo5_result_t)call.ret;
}

solo5_result_t solo5_net_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                              size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device || !net_request_valid(device, has_offloads(handle), header, buf, size))
        return SOLO5_R_EINVAL;
    if (net_rings_used())
        return net_rings_send(handle, header, buf, size);
    struct hvt_hc_net call = {.handle = handle, .data = (uintptr_t)buf, .len = size};
    hypercall(HVT_HYPERCALL_NET_WRITE, &call);
    return (solo5_result_t)call.ret;
}

solo5_result_t solo5_net_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                 size_t *read_size)
{
    *header = (struct solo5_net_header){0};
    if (net_rings_used())
        return manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC)
                   ? net_rings_receive(handle, header, buf, size, read_size)
                   : SOLO5_R_EINVAL;
    struct hvt_hc_net call = {.handle = handle, .data = (uintptr_t)buf, .len = size};
    hypercall(HVT_HYPERCALL_NET_READ, &call);
    *read_size = call.len;
    return (solo5_result_t)call.ret;
}
