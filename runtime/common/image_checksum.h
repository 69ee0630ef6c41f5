/* SPDX-License-Identifier: ISC */
/* The checksum of an initialised image, which its PMS1 note holds (elf_abi.h). */
#ifndef PYMIRAGE_IMAGE_CHECKSUM_H
#define PYMIRAGE_IMAGE_CHECKSUM_H

#include <stdint.h>

enum { IMAGE_BLOCK = 1 << 18 };

/* Of whole pages, IMAGE_BLOCK octets at most, and of a checksum with one more value. */
uint64_t image_checksum(const void *block, uint64_t size);
uint64_t image_checksum_fold(uint64_t checksum, uint64_t value);

#endif
