/* SPDX-License-Identifier: ISC */
/* virtio: the date, from the battery-backed clock (MC146818A data sheet), which counts whole seconds. */
#ifndef PYMIRAGE_VIRTIO_RTC_H
#define PYMIRAGE_VIRTIO_RTC_H

#include <stdint.h>

void rtc_init(void);

/* Looks again: each look at another part of a second makes the offset better. */
void rtc_look(void);

/* What to add to the monotonic clock, in nanoseconds. */
uint64_t rtc_offset(void);

#endif
