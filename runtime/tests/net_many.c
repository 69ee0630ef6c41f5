/* SPDX-License-Identifier: ISC */
/* Networks "a" to "d": which address each has. */
#include "guest.h"

static void print_device(const char *name)
{
    struct solo5_net_info device;
    solo5_handle_t handle;
    expect(solo5_net_acquire(name, &handle, &device) == SOLO5_R_OK, "the device");
    print(name);
    for (int i = 0; i < SOLO5_NET_ALEN; i++) {
        print(i ? ":" : " ");
        solo5_console_write(&"0123456789abcdef"[device.mac_address[i] >> 4], 1);
        solo5_console_write(&"0123456789abcdef"[device.mac_address[i] & 15], 1);
    }
    print("\n");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    static uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    (void)info;
    for (int i = 0; i < 4; i++)
        print_device(names[i]);
    for (solo5_handle_t handle = 1; handle <= 4; handle++)
        expect(solo5_net_write(handle, frame, sizeof frame) == SOLO5_R_OK, "a frame to be sent");
    solo5_yield(0, NULL);
    return succeed();
}
