/* SPDX-License-Identifier: ISC */
/* virtio: the clock that KVM gives its guests: see pvclock.h. */
#include "pvclock.h"

#include "virtio.h"

enum { MSR_WALL = 0x4b564d00, MSR_TIME = 0x4b564d01, FEATURE_CLOCK = 1 << 3, ENABLE = 1 };

uint64_t pvclock_at(const struct pvclock_time *time, uint64_t ticks)
{
    uint64_t passed = ticks - time->ticks;
    passed = time->shift < 0 ? passed >> -time->shift : passed << time->shift;
    return time->nanoseconds + (uint64_t)((unsigned __int128)passed * time->multiplier >> 32);
}

uint64_t pvclock_frequency(const struct pvclock_time *time)
{
    const uint64_t shifted = (1000000000ULL << 32) / time->multiplier;
    return time->shift < 0 ? shifted << -time->shift : shifted >> time->shift;
}

/* The signature may stand behind that of another hypervisor which KVM also plays. */
static bool offered(void)
{
    if (!(cpuid(1).ecx & 1U << 31)) /* no hypervisor */
        return false;
    for (uint32_t leaf = 0x40000000; leaf < 0x40000300; leaf += 0x100) {
        const struct cpuid signature = cpuid(leaf);
        if (signature.ebx == 0x4b4d564b && signature.ecx == 0x564b4d56 && signature.edx == 0x4d) /* KVMKVMKVM */
            return cpuid(leaf + 1).eax & FEATURE_CLOCK;
    }
    return false;
}

const volatile struct pvclock_time *pvclock_init(uint64_t *start)
{
    static volatile struct pvclock_time time __attribute__((aligned(64)));
    static volatile struct pvclock_wall wall __attribute__((aligned(16)));
    if (!offered())
        return NULL;
    wrmsr(MSR_WALL, (uintptr_t)&wall);
    wrmsr(MSR_TIME, (uintptr_t)&time | ENABLE);
    if (!time.multiplier)
        return NULL;
    *start = wall.seconds * 1000000000ULL + wall.nanoseconds;
    return &time;
}

uint64_t pvclock_now(const volatile struct pvclock_time *time)
{
    for (;;) {
        const uint32_t version = __atomic_load_n(&time->version, __ATOMIC_ACQUIRE);
        const struct pvclock_time copy = {.ticks = time->ticks,
                                          .nanoseconds = time->nanoseconds,
                                          .multiplier = time->multiplier,
                                          .shift = time->shift};
        const uint64_t now = pvclock_at(&copy, rdtsc());
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(version & 1) && version == time->version)
            return now;
    }
}
