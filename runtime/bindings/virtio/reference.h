/* SPDX-License-Identifier: ISC */
/* virtio: a counter of known frequency, to measure others by. */
#ifndef PYMIRAGE_VIRTIO_REFERENCE_H
#define PYMIRAGE_VIRTIO_REFERENCE_H

#include <stdint.h>

struct reference {
    uint64_t frequency;
    uint32_t mask; /* it wraps beyond this */
    uint32_t (*read)(void);
};

/* The best that the machine has; read is NULL when it has none. */
struct reference reference_find(void);

#endif
