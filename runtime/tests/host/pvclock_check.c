/* SPDX-License-Identifier: ISC */
/* The arithmetic of KVM's clock (bindings/virtio/pvclock.c), on a host: no KVM is asked. */
#include <assert.h>
#include <stdio.h>

#include "pvclock.h"

/* 2^31 and a shift of 0: half a nanosecond for a tick, 2 GHz. */
static const struct pvclock_time two_gigahertz = {.ticks = 1000, .nanoseconds = 7, .multiplier = 1U << 31};
/* As KVM has it for a counter slower than 1 GHz, and for one much faster. */
static const struct pvclock_time slow = {.ticks = 0, .multiplier = 1U << 31, .shift = 2};
static const struct pvclock_time fast = {.ticks = 0, .multiplier = 1U << 31, .shift = -1};

int main(void)
{
    assert(pvclock_at(&two_gigahertz, 1000) == 7);
    assert(pvclock_at(&two_gigahertz, 3000) == 1007);
    assert(pvclock_frequency(&two_gigahertz) == 2000000000);
    assert(pvclock_at(&slow, 500) == 1000 && pvclock_frequency(&slow) == 500000000);
    assert(pvclock_at(&fast, 4000) == 1000 && pvclock_frequency(&fast) == 4000000000);
    /* A year of ticks does not overflow. */
    assert(pvclock_at(&two_gigahertz, 1000 + 2000000000ULL * 86400 * 365) == 7 + 1000000000ULL * 86400 * 365);
    puts("SUCCESS");
    return 0;
}
