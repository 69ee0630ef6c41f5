/* SPDX-License-Identifier: ISC */
/* Which vector registers a guest may use: XCR0 (Intel SDM volume 1, 13.3), in force with CR4.OSXSAVE. */
#ifndef PYMIRAGE_XCR0_H
#define PYMIRAGE_XCR0_H

#include <stdint.h>

enum { CPUID_FEATURES = 1, CPUID_FEATURES_XSAVE = 1 << 26, CPUID_XSAVE = 0xd, CR4_OSXSAVE = 1 << 18 };
enum { XCR0_128 = 3 << 0, XCR0_256 = 1 << 2, XCR0_512 = 7 << 5 };

/*
 * The widest vectors, by ECX of CPUID_FEATURES and EAX of CPUID_XSAVE; 0 when 128 bits are all that there is, which
 * needs no XCR0.
 */
static inline uint32_t xcr0_widest(uint32_t features, uint32_t offered)
{
    const uint32_t least = XCR0_128 | XCR0_256;
    if (!(features & CPUID_FEATURES_XSAVE) || (offered & least) != least)
        return 0;
    return least | ((offered & XCR0_512) == XCR0_512 ? XCR0_512 : 0);
}

#endif
