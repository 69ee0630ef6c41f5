/* SPDX-License-Identifier: ISC */
/*
 * Network "service": takes long frames with open checksums, and sends each back as it came, addresses swapped, until
 * one asks to stop. Prints its address and the device's features first.
 */
#include "guest.h"

static uint8_t frame[SOLO5_NET_LONGEST];
static solo5_handle_t handle;
static struct solo5_net_info device;

static void print_address(void)
{
    print("address ");
    for (int i = 0; i < SOLO5_NET_ALEN; i++) {
        solo5_console_write(&"0123456789abcdef"[device.mac_address[i] >> 4], 1);
        solo5_console_write(&"0123456789abcdef"[device.mac_address[i] & 15], 1);
    }
    print(" features ");
    print_number(solo5_net_features(handle));
    print("\n");
}

static bool is_for_us(void)
{
    for (int i = 0; i < SOLO5_NET_ALEN; i++)
        if (frame[i] != device.mac_address[i])
            return false;
    return true;
}

/* Returns false when the frame asks to stop. */
static bool answer(const struct solo5_net_header *header, size_t size)
{
    if (!is_for_us())
        return true;
    for (int i = 0; i < SOLO5_NET_ALEN; i++) {
        frame[i] = frame[SOLO5_NET_ALEN + i];
        frame[SOLO5_NET_ALEN + i] = device.mac_address[i];
    }
    return !taken(solo5_net_send(handle, header, frame, size)) || !asks_to_stop(frame, size);
}

static void refusals(void)
{
    const size_t mtu = device.mtu;
    struct solo5_net_header header = {.flags = SOLO5_NET_NEEDS_CHECKSUM, .checksum_start = 34};
    header.checksum_offset = (uint16_t)(mtu + SOLO5_NET_HLEN - 34 - 1);
    expect(solo5_net_send(handle, &header, frame, mtu + SOLO5_NET_HLEN) == SOLO5_R_EINVAL, "a checksum in the frame");
    header.checksum_offset = 16;
    expect(solo5_net_send(handle, &header, frame, mtu + SOLO5_NET_HLEN + 1) == SOLO5_R_EINVAL,
           "only frames that are cut to be long");
    frame[12] = 0x81;
    frame[13] = 0;
    expect(solo5_net_send(handle, &header, frame, mtu + SOLO5_NET_HLEN + 5) == SOLO5_R_EINVAL,
           "a VLAN tag to be four octets");
    frame[12] = 0;
    header.segmentation = SOLO5_NET_TCP_V4;
    expect(solo5_net_send(handle, &header, frame, SOLO5_NET_LONGEST + 1) == SOLO5_R_EINVAL, "a limit");
    expect(solo5_net_offload(handle + 1, true) == SOLO5_R_EINVAL, "no other device");
    expect(solo5_net_features(handle + 1) == 0, "no features of no device");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    expect(solo5_net_acquire("service", &handle, &device) == SOLO5_R_OK, "the device");
    refusals();
    const solo5_result_t agreed = solo5_net_offload(handle, true);
    expect(agreed == (solo5_net_features(handle) ? SOLO5_R_OK : SOLO5_R_EINVAL), "what the features say");
    print_address();
    for (bool more = true; more;) {
        struct solo5_net_header header;
        size_t size;
        solo5_yield(solo5_clock_monotonic() + 3600ULL * 1000000000ULL, NULL);
        while (more && solo5_net_receive(handle, &header, frame, sizeof frame, &size) == SOLO5_R_OK)
            more = answer(&header, size);
    }
    return succeed();
}
