/* SPDX-License-Identifier: ISC */
/*
 * virtio: the addresses that QEMU's emulator remembers, page by page. Its table begins with 256 of them, and gets
 * another size only when the guest empties it, by how much of it was in use (accel/tcg/cputlb.c). Linux empties it at
 * each switch of processes; an image never would, and the emulator would walk its page tables all the time. So it is
 * emptied after a while of work, then after twice as long, and at last ten times a second or so.
 *
 * A processor's own table (the TLB) has its size: without the emulator nothing happens here.
 */
#include "virtio.h"

enum { EMULATOR_LEAF = 0x40000000 };

#define FIRST (1ULL << 20) /* ticks of the time-stamp counter */
#define LAST (1ULL << 28)

static bool emulated;
static uint64_t since, worked, wanted = FIRST;

void translations_init(void)
{
    const struct cpuid signature = cpuid(EMULATOR_LEAF);
    emulated = signature.ebx == 0x54474354 && signature.ecx == 0x43544743 && signature.edx == 0x47435447; /* TCGTCGTCGTCG */
    since = rdtsc();
}

void translations_worked(void)
{
    if (!emulated)
        return;
    const uint64_t now = rdtsc();
    worked += now - since;
    since = now;
    if (worked < wanted)
        return;
    write_cr3(read_cr3());
    worked = 0;
    if (wanted < LAST)
        wanted *= 2;
}

void translations_waited(void)
{
    if (emulated)
        since = rdtsc();
}
