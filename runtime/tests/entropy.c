/* SPDX-License-Identifier: ISC */
/* Entropy: every length is filled, no two fills are alike, no octet value is missing. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    static uint8_t first[16384], second[16384];
    unsigned seen[256] = {0}, alike = 0, kinds = 0;

    expect(solo5_entropy(first, 0) == 0, "nothing for a size of nothing");
    expect(solo5_entropy(first, sizeof first) == sizeof first, "entropy");
    expect(solo5_entropy(second, sizeof second - 3) == sizeof second - 3, "entropy of an odd length");
    expect(second[sizeof second - 1] == 0, "nothing beyond the length");
    for (size_t i = 0; i < sizeof first; i++) {
        alike += first[i] == second[i];
        kinds += !seen[first[i]]++;
    }
    expect(alike < 200, "fills that differ"); /* 64 are expected by chance */
    expect(kinds == 256, "every octet value"); /* one is missing once in 10^25 fills */
    return succeed();
}
