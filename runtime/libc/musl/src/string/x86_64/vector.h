/* SPDX-License-Identifier: ISC */
/* Words of 2 to 16 octets at any address, for the string functions of this folder. */
#ifndef PYMIRAGE_VECTOR_H
#define PYMIRAGE_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#define ANYWHERE __attribute__((aligned(1), may_alias))

typedef uint16_t word2 ANYWHERE;
typedef uint32_t word4 ANYWHERE;
typedef uint64_t word8 ANYWHERE;
typedef char vector __attribute__((vector_size(16), aligned(1), may_alias));

/* A bit for each of the 16 octets in which (a) and (b) are equal. */
static inline unsigned equal_octets(vector a, vector b)
{
    typedef char register_vector __attribute__((vector_size(16)));

    return (unsigned)__builtin_ia32_pmovmskb128((register_vector)(a == b));
}

#endif
