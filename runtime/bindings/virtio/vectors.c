/* SPDX-License-Identifier: ISC */
/* Vectors as wide as the processor has them: OpenSSL's fastest ciphers look whether they may be used. */
#include "virtio.h"
#include "xcr0.h"

void vectors_init(void)
{
    const uint32_t widest = xcr0_widest(cpuid(CPUID_FEATURES).ecx, cpuid(CPUID_XSAVE).eax);
    if (!widest)
        return;
    write_cr4(read_cr4() | CR4_OSXSAVE);
    __asm__ volatile("xsetbv" : : "c"(0), "a"(widest), "d"(0));
}
