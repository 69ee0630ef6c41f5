/* SPDX-License-Identifier: ISC */
/* virtio: the clock that KVM gives its guests (Linux: Documentation/virt/kvm/x86/msr.rst). */
#ifndef PYMIRAGE_VIRTIO_PVCLOCK_H
#define PYMIRAGE_VIRTIO_PVCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct pvclock_time {
    uint32_t version, padding; /* odd while it changes */
    uint64_t ticks, nanoseconds;
    uint32_t multiplier;
    int8_t shift;
    uint8_t flags, padding_2[2];
};

struct pvclock_wall {
    uint32_t version, seconds, nanoseconds;
};

/* Nanoseconds when the counter shows (ticks). */
uint64_t pvclock_at(const struct pvclock_time *time, uint64_t ticks);

/* Ticks in a second. */
uint64_t pvclock_frequency(const struct pvclock_time *time);

/* Asks KVM for the clock; NULL when there is none. The wall clock's (*start) is when the clock's nanoseconds began. */
const volatile struct pvclock_time *pvclock_init(uint64_t *start);

/* Now. */
uint64_t pvclock_now(const volatile struct pvclock_time *time);

#endif
