/* SPDX-License-Identifier: ISC */
/*
 * Network "service": sends back every frame for its address with the addresses swapped, until one whose
 * first payload octet is 'q'. Prints its own address and MTU first.
 */
#include "guest.h"

enum { LARGEST_FRAME = 65536 };

static uint8_t frame[LARGEST_FRAME];
static solo5_handle_t handle;
static struct solo5_net_info device;

static void print_address(void)
{
    print("address ");
    for (int i = 0; i < SOLO5_NET_ALEN; i++) {
        solo5_console_write(&"0123456789abcdef"[device.mac_address[i] >> 4], 1);
        solo5_console_write(&"0123456789abcdef"[device.mac_address[i] & 15], 1);
    }
    print(" mtu ");
    print_number(device.mtu);
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
static bool answer(size_t size)
{
    if (size <= SOLO5_NET_HLEN || !is_for_us())
        return true;
    for (int i = 0; i < SOLO5_NET_ALEN; i++) {
        frame[i] = frame[SOLO5_NET_ALEN + i];
        frame[SOLO5_NET_ALEN + i] = device.mac_address[i];
    }
    return !taken(solo5_net_write(handle, frame, size)) || frame[SOLO5_NET_HLEN] != 'q';
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    size_t size;
    expect(solo5_net_acquire("other", &handle, &device) == SOLO5_R_EINVAL, "no device of another name");
    expect(solo5_net_acquire("service", &handle, &device) == SOLO5_R_OK, "the device");
    expect(solo5_net_read(handle + 1, frame, sizeof frame, &size) == SOLO5_R_EINVAL, "no other handle");
    expect(solo5_net_write(handle, frame, device.mtu + SOLO5_NET_HLEN + 1) == SOLO5_R_EINVAL,
           "no frame beyond the MTU");
    print_address();
    for (bool more = true; more;) {
        solo5_handle_set_t ready = 0;
        solo5_yield(solo5_clock_monotonic() + 3600ULL * 1000000000ULL, &ready);
        if (!(ready & 1ULL << handle))
            continue;
        solo5_result_t result;
        while (more && (result = solo5_net_read(handle, frame, device.mtu + SOLO5_NET_HLEN, &size)) == SOLO5_R_OK)
            more = answer(size);
        expect(!more || result == SOLO5_R_AGAIN, "nothing more to read");
    }
    return succeed();
}
