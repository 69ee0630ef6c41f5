/* SPDX-License-Identifier: ISC */
/* Frames without anything beside them, and the checks of those that have: the same on every target. */
#include "bindings.h"

enum { VLAN_TAG = 4 };

solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    static const struct solo5_net_header plain;
    const solo5_result_t result = solo5_net_send(handle, &plain, buf, size);
    return result == SOLO5_R_AGAIN ? SOLO5_R_OK : result;
}

solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size, size_t *read_size)
{
    struct solo5_net_header header;
    return solo5_net_receive(handle, &header, buf, size, read_size);
}

/* A frame with an 802.1Q tag, which makes a full one longer. */
static bool is_tagged(const uint8_t *frame, size_t size)
{
    return size >= SOLO5_NET_HLEN + VLAN_TAG && frame[2 * SOLO5_NET_ALEN] == 0x81 && !frame[2 * SOLO5_NET_ALEN + 1];
}

bool net_request_valid(const struct mft_entry *device, bool offloads, const struct solo5_net_header *header,
                       const uint8_t *frame, size_t size)
{
    size_t longest = header->segmentation ? SOLO5_NET_LONGEST : device->u.net_basic.mtu + SOLO5_NET_HLEN;
    if (offloads && is_tagged(frame, size))
        longest += VLAN_TAG;
    if (size > longest)
        return false;
    if (net_header_is_plain(header))
        return true;
    return offloads && (size_t)header->checksum_start + header->checksum_offset + sizeof(uint16_t) <= size;
}
