/* SPDX-License-Identifier: ISC */
/* Disks "first" and "second": how large each is; a request whose end is given up, where the device can. */
#include "guest.h"

static void print_disk(const char *name)
{
    struct solo5_block_info disk;
    solo5_handle_t handle;
    expect(solo5_block_acquire(name, &handle, &disk) == SOLO5_R_OK, "the disk");
    print(name);
    print(" ");
    print_number(disk.capacity);
    print("\n");
    expect(solo5_block_discard(handle, 0, disk.capacity / 2) == SOLO5_R_OK, "a hint to be taken");
    expect(solo5_block_discard(handle, 0, disk.capacity + disk.block_size) == SOLO5_R_EINVAL, "no hint beyond the end");
    expect(solo5_block_flush(handle) == SOLO5_R_OK, "a flush to succeed");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    print_disk("first");
    print_disk("second");
    return succeed();
}
