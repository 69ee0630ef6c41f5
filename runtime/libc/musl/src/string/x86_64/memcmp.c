/* SPDX-License-Identifier: ISC */
/* In place of musl's, which compares octet by octet: Python compares strings at each look into a dict. */
#include <string.h>

#include "vector.h"

static int first_difference(const unsigned char *a, const unsigned char *b, size_t size)
{
    for (; size && *a == *b; a++, b++)
        size--;
    return size ? *a - *b : 0;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left, *b = right;

    for (; size >= 16; a += 16, b += 16, size -= 16) {
        unsigned different = equal_octets(*(const vector *)a, *(const vector *)b) ^ 0xffff;

        if (different) {
            int at = __builtin_ctz(different);

            return a[at] - b[at];
        }
    }
    if (size >= 8) {
        if (*(const word8 *)a != *(const word8 *)b)
            return first_difference(a, b, 8);
        a += 8, b += 8, size -= 8;
    }
    if (size >= 4) {
        if (*(const word4 *)a != *(const word4 *)b)
            return first_difference(a, b, 4);
        a += 4, b += 4, size -= 4;
    }
    return first_difference(a, b, size);
}
