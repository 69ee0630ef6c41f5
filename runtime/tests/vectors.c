/* SPDX-License-Identifier: ISC */
/* Vector registers: zero at the start, kept across all that leaves the guest, and as wide as the processor says. */
#include "guest.h"

enum { OSXSAVE = 1 << 27, AVX = 1 << 28, XCR0_AVX = 0x6, XCR0_AVX512 = 0xe6 };

struct vectors {
    uint64_t ymm[16][4];
};

static uint32_t features(void)
{
    uint32_t a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return c;
}

static uint32_t enabled(void)
{
    uint32_t a, d;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

#define EACH(what)                                                                                                 \
    what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11) what(12)     \
        what(13) what(14) what(15)
#define STORE(n) "vmovdqu %%ymm" #n ", 32*" #n "(%0)\n"
#define LOAD(n) "vmovdqu 32*" #n "(%0), %%ymm" #n "\n"

static void leave_the_guest(int round)
{
    if (round % 2)
        solo5_clock_wall();
    solo5_yield(solo5_clock_monotonic() + 100000, NULL);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static struct vectors first, kept, found;
    (void)info;
    const uint32_t offered = features();

    if (!(offered & OSXSAVE) || !(offered & AVX) || (enabled() & XCR0_AVX) != XCR0_AVX) {
        print("128 bits\n");
        return succeed();
    }
    __asm__ volatile(EACH(STORE) : : "r"(&first) : "memory");
    for (int i = 0; i < 64; i++) {
        expect(first.ymm[i / 4][i % 4] == 0, "clean vector registers");
        kept.ymm[i / 4][i % 4] = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
    }
    for (int round = 0; round < 20; round++) {
        __asm__ volatile(EACH(LOAD) : : "r"(&kept) : "memory");
        leave_the_guest(round);
        __asm__ volatile(EACH(STORE) : : "r"(&found) : "memory");
        for (int i = 0; i < 64; i++)
            expect(found.ymm[i / 4][i % 4] == kept.ymm[i / 4][i % 4], "vector registers as they were");
    }
    print((enabled() & XCR0_AVX512) == XCR0_AVX512 ? "512 bits\n" : "256 bits\n");
    return succeed();
}
