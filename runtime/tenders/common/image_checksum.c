/* SPDX-License-Identifier: ISC */
/*
 * The checksum of an initialised image: a damaged page is found before anything runs, not when it is first used.
 *
 * What the segments hold is a number, least octet first; its remainder by the prime 2^64 - 59 tells a change with
 * certainty if it is one of a few octets, and otherwise but for one in 2^64. It is no protection against people: they
 * can write the note, too. Four sums run beside each other, because a multiplication waits for the one before.
 */
#include "image.h"
#include "memory.h"

#define BELOW_2_64 59ULL /* 2^64 is 59 modulo the prime, and 2^256 is ... */
#define STEP (BELOW_2_64 * BELOW_2_64 * BELOW_2_64 * BELOW_2_64)
#define PRIME (0ULL - BELOW_2_64)

enum { LANES = 4 };

/* a * factor + b, less than 2^64, modulo the prime; (factor) is small. */
static inline uint64_t multiply_add(uint64_t a, uint64_t factor, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * factor + b;
    const uint64_t high = (uint64_t)(product >> 64) * BELOW_2_64, low = (uint64_t)product;
    const uint64_t sum = low + high;
    return sum < low ? sum + BELOW_2_64 : sum;
}

static uint64_t remainder_of(const uint64_t *words, uint64_t count)
{
    uint64_t a = 0, b = 0, c = 0, d = 0, whole;
    for (const uint64_t *at = words + count; at > words;) {
        at -= LANES;
        a = multiply_add(a, STEP, at[0]);
        b = multiply_add(b, STEP, at[1]);
        c = multiply_add(c, STEP, at[2]);
        d = multiply_add(d, STEP, at[3]);
    }
    whole = multiply_add(d, BELOW_2_64, c);
    whole = multiply_add(whole, BELOW_2_64, b);
    whole = multiply_add(whole, BELOW_2_64, a);
    return whole >= PRIME ? whole - PRIME : whole;
}

uint64_t image_checksum_add(uint64_t checksum, const void *pages, uint64_t size)
{
    const uint64_t sum = multiply_add(checksum, CHECKSUM_FACTOR, remainder_of(pages, size / sizeof(uint64_t)));
    return sum >= PRIME ? sum - PRIME : sum;
}
