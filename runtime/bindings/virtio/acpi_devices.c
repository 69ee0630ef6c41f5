/* SPDX-License-Identifier: ISC */
/*
 * virtio: devices with memory-mapped registers that only ACPI tells of, as on QEMU's microvm and newer Firecrackers. Their
 * identifier is LNRO0005 (VirtIO 1.2 says nothing of it; Linux: drivers/virtio/virtio_mmio.c), and behind it in the DSDT
 * are the two resources of each (ACPI 6.5, 6.4.3.4 and 6.4.3.6): constants, so that their bytes can be looked for.
 */
#include "virtio.h"

enum { FIXED_MEMORY = 0x86, FIXED_MEMORY_LENGTH = 9, INTERRUPT = 0x89, INTERRUPT_LENGTH = 6, PREFIX = 3, NEAR = 128 };

static const char identifier[] = "LNRO0005";

static uint32_t u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static bool is_identifier(const uint8_t *at)
{
    return !memcmp(at, identifier, sizeof identifier - 1);
}

/* The resources between here and the next device. */
static void take(const uint8_t *at, const uint8_t *end)
{
    struct mmio_word word = {0};
    for (; at + PREFIX + INTERRUPT_LENGTH <= end && !is_identifier(at); at++) {
        const uint64_t left = (uint64_t)(end - at);
        if (at[0] == FIXED_MEMORY && at[1] == FIXED_MEMORY_LENGTH && at[2] == 0 && !word.address &&
            left >= PREFIX + FIXED_MEMORY_LENGTH)
            word.address = u32(at + 4);
        if (at[0] == INTERRUPT && at[1] == INTERRUPT_LENGTH && at[2] == 0 && at[4] == 1 && word.address) {
            word.interrupt = u32(at + 5);
            if (machine_words.mmio_count < sizeof machine_words.mmio / sizeof *machine_words.mmio)
                machine_words.mmio[machine_words.mmio_count++] = word;
            return;
        }
    }
}

void acpi_devices_find(const uint8_t *dsdt, uint32_t length)
{
    const uint8_t *end = dsdt + length;
    if (machine_words.mmio_count) /* the command line told them */
        return;
    for (const uint8_t *at = dsdt; at + sizeof identifier <= end; at++)
        if (is_identifier(at))
            take(at + sizeof identifier - 1, end - at < NEAR ? end : at + NEAR);
}
