/* SPDX-License-Identifier: ISC */
/*
 * Blocks that lz4_compress() did not make: valid ones with a few octets changed or cut off. Whatever they say, nothing
 * is read or written beyond the two buffers (which the sanitizers watch). Prints how many were refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lz4.h"

enum { MOST = 4096 };

static uint64_t state;

static uint32_t below(uint32_t end)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % end;
}

/* Like bytecode: repetitions near and far, runs, and noise. */
static void fill(uint8_t *octets, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = 1 + below(40), kind = below(3), back = at ? 1 + below((uint32_t)at) : 0;

        for (; length && at < size; length--, at++)
            octets[at] = kind == 0 || !back ? (uint8_t)below(256) : octets[at - (kind == 1 ? back : 1)];
    }
}

static bool round_trip(void *work, const uint8_t *octets, size_t size, uint8_t *block, size_t *length)
{
    uint8_t *back = malloc(size + 1);
    bool same;

    *length = lz4_compress(work, octets, size, block);
    same = lz4_decompress(block, *length, back, size) && memcmp(back, octets, size) == 0;
    free(back);
    return same && *length <= lz4_bound(size);
}

/* In buffers of exactly those sizes. */
static bool is_refused(const uint8_t *block, size_t length, size_t size)
{
    uint8_t *changed = malloc(length), *back = malloc(size + 1);
    bool whole;

    memcpy(changed, block, length);
    for (uint32_t changes = 1 + below(4); changes; changes--)
        changed[below((uint32_t)length)] = (uint8_t)below(256);
    whole = lz4_decompress(changed, length - below(2) * below((uint32_t)length), back, size);
    free(changed);
    free(back);
    return !whole;
}

int main(int count, char **arguments)
{
    void *work = malloc(lz4_work(MOST));
    uint8_t octets[MOST], block[2 * MOST];
    unsigned long rounds = count == 3 ? strtoul(arguments[2], NULL, 10) : 0, refused = 0;

    state = count == 3 ? strtoul(arguments[1], NULL, 10) : 0;
    for (unsigned long round = 0; round < rounds; round++) {
        size_t size = round < MOST ? round : below(MOST), length;

        fill(octets, size);
        if (!round_trip(work, octets, size, block, &length))
            return 1;
        refused += is_refused(block, length, size);
    }
    printf("%lu rounds, %lu refused\n", rounds, refused);
    free(work);
    return 0;
}
