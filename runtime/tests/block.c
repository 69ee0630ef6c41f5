/* SPDX-License-Identifier: ISC */
/* Block storage "storage": what is written is read back, and the edges are respected. */
#include "guest.h"

enum { LARGEST = 32768 };

static uint8_t out[8 * LARGEST], in[8 * LARGEST];
static solo5_handle_t handle;
static struct solo5_block_info device;

static void fill(size_t size, uint8_t seed)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(i * 7 + seed);
}

static void write_and_read(solo5_off_t offset, size_t blocks, uint8_t seed)
{
    const size_t size = blocks * device.block_size;
    fill(size, seed);
    expect(solo5_block_write(handle, offset, out, size) == SOLO5_R_OK, "a write to succeed");
    expect(solo5_block_read(handle, offset, in, size) == SOLO5_R_OK, "a read to succeed");
    for (size_t i = 0; i < size; i++)
        expect(in[i] == out[i], "to read what was written");
}

static void edges(void)
{
    const solo5_off_t block = device.block_size, capacity = device.capacity;
    expect(solo5_block_read(handle, capacity, in, block) == SOLO5_R_EINVAL, "no read behind the end");
    expect(solo5_block_read(handle, capacity - block, in, 2 * block) == SOLO5_R_EINVAL, "no read across the end");
    expect(solo5_block_write(handle, capacity, out, block) == SOLO5_R_EINVAL, "no write behind the end");
    expect(solo5_block_read(handle, -block, in, 2 * block) == SOLO5_R_EINVAL, "no offset that wraps");
    expect(solo5_block_read(handle, 1, in, block) == SOLO5_R_EINVAL, "no crooked offset");
    expect(solo5_block_read(handle, 0, in, block - 1) == SOLO5_R_EINVAL, "no crooked size");
    expect(solo5_block_read(handle + 1, 0, in, block) == SOLO5_R_EINVAL, "no other handle");
    expect(solo5_block_read(~0ULL, 0, in, block) == SOLO5_R_EINVAL, "no absurd handle");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    expect(solo5_block_acquire("other", &handle, &device) == SOLO5_R_EINVAL, "no device of another name");
    expect(solo5_block_acquire("storage", &handle, &device) == SOLO5_R_OK, "the device");
    print("capacity ");
    print_number(device.capacity);
    print(" block ");
    print_number(device.block_size);
    print("\n");
    for (solo5_off_t at = 0; at < device.capacity; at += 16 * device.block_size)
        write_and_read(at, 1, (uint8_t)(at / device.block_size));
    write_and_read(device.capacity - 8 * device.block_size, 8, 99);
    write_and_read(device.capacity - device.block_size, 1, 42);
    edges();
    expect(solo5_block_flush(handle) == SOLO5_R_OK, "a flush to succeed");
    return succeed();
}
