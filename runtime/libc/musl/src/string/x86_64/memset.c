/* SPDX-License-Identifier: ISC */
/* In place of musl's, which uses "rep stosq": see memmove.c. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#include <string.h>

#include "vector.h"

static void fill_short(char *to, uint64_t octets, size_t size)
{
    if (size >= 8) {
        *(word8 *)to = octets;
        *(word8 *)(to + size - 8) = octets;
    } else if (size >= 4) {
        *(word4 *)to = (uint32_t)octets;
        *(word4 *)(to + size - 4) = (uint32_t)octets;
    } else if (size >= 2) {
        *(word2 *)to = (uint16_t)octets;
        *(word2 *)(to + size - 2) = (uint16_t)octets;
    } else if (size) {
        *to = (char)octets;
    }
}

void *memset(void *to, int value, size_t size)
{
    uint64_t octets = (unsigned char)value * UINT64_C(0x0101010101010101);
    char *at = to, *end = at + size;

    if (size < 16) {
        fill_short(to, octets, size);
    } else {
        typedef uint64_t pair __attribute__((vector_size(16)));
        vector filled = (vector)(pair){octets, octets};

        for (; end - at > 64; at += 64)
            for (int i = 0; i < 64; i += 16)
                *(vector *)(at + i) = filled;
        for (; end - at > 16; at += 16)
            *(vector *)at = filled;
        *(vector *)(end - 16) = filled;
    }
    return to;
}
