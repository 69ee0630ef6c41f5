/* SPDX-License-Identifier: ISC */
/* Sixteen octets at a time: bytes.find() and split() of protocol lines spend their time here. */
#include <string.h>

#include "vector.h"

void *memchr(const void *memory, int value, size_t size)
{
    const unsigned char *at = memory;
    char octet = (char)value;
    vector wanted = {octet, octet, octet, octet, octet, octet, octet, octet,
                     octet, octet, octet, octet, octet, octet, octet, octet};

    for (; size >= 16; at += 16, size -= 16) {
        unsigned found = equal_octets(*(const vector *)at, wanted);

        if (found)
            return (void *)(at + __builtin_ctz(found));
    }
    for (; size; at++, size--)
        if (*at == (unsigned char)value)
            return (void *)at;
    return NULL;
}
