/* SPDX-License-Identifier: ISC */
/*
 * The checksum of an initialised image: a damaged page is found before anything runs, not when it is first used.
 *
 * Of a block's 32-bit words, those at even and those at odd places apart, it takes the sum and the sum of the sums so
 * far (J. Fletcher, "An Arithmetic Checksum for Serial Transmissions", 1982). In 64 bits nothing of them is lost, so
 * one changed word, or two, show with certainty. The four sums, and then the blocks, are folded into one remainder
 * by the prime 2^64 - 59, which hides a change once in 2^64. It is no protection against people: they can write the
 * note, too. It reads memory about as fast as memory can be read, since every boot waits for it.
 */
#include "image_checksum.h"

#define BELOW_2_64 59ULL
#define PRIME (0ULL - BELOW_2_64)
#define FACTOR 0x9e3779b97f4a7dULL /* less than 2^56, so that the reduction below cannot overflow twice */

/* IMAGE_BLOCK / 8 words of either kind: their sum has 47 bits, the sum of the sums 61. */
_Static_assert(IMAGE_BLOCK <= 1 << 18, "the sums of a block fit into 64 bits");

uint64_t image_checksum_fold(uint64_t checksum, uint64_t value)
{
    const unsigned __int128 product = (unsigned __int128)checksum * FACTOR + value;
    const uint64_t high = (uint64_t)(product >> 64) * BELOW_2_64, low = (uint64_t)product;
    uint64_t sum = low + high;
    sum = sum < low ? sum + BELOW_2_64 : sum;
    return sum >= PRIME ? sum - PRIME : sum;
}

uint64_t image_checksum(const void *block, uint64_t size)
{
    const uint64_t *words = block;
    uint64_t even = 0, even_sums = 0, odd = 0, odd_sums = 0, checksum = 0;
    for (uint64_t i = 0; i < size / sizeof *words; i++) {
        even += (uint32_t)words[i];
        even_sums += even;
        odd += words[i] >> 32;
        odd_sums += odd;
    }
    checksum = image_checksum_fold(checksum, even);
    checksum = image_checksum_fold(checksum, even_sums);
    checksum = image_checksum_fold(checksum, odd);
    return image_checksum_fold(checksum, odd_sums);
}
