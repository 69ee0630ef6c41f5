/* SPDX-License-Identifier: ISC */
/*
 * Sixteen octets at a time: bytes.find() and split() of protocol lines spend their time here.
 *
 * The size may be larger than the memory when the octet is sure to be found (C11 7.24.5.1; strnlen() and printf()'s
 * "%.100s" go by it). So only whole aligned vectors that hold a wanted octet are loaded: they cross no page.
 */
#include <string.h>

#include "vector.h"

void *memchr(const void *memory, int value, size_t size)
{
    uintptr_t start = (uintptr_t)memory, at = start & -(uintptr_t)16, last;
    char octet = (char)value;
    vector wanted = {octet, octet, octet, octet, octet, octet, octet, octet,
                     octet, octet, octet, octet, octet, octet, octet, octet};
    unsigned found;

    if (!size)
        return NULL;
    if (__builtin_add_overflow(start, size - 1, &last))
        last = UINTPTR_MAX;
    found = equal_octets(*(const vector *)at, wanted) >> (start - at) << (start - at);
    while (!found) {
        if (last - at < 16)
            return NULL;
        at += 16;
        found = equal_octets(*(const vector *)at, wanted);
    }
    at += (unsigned)__builtin_ctz(found);
    return at <= last ? (void *)at : NULL;
}
