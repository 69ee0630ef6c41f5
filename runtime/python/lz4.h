/* SPDX-License-Identifier: ISC */
/*
 * LZ4 blocks (Y. Collet, "LZ4 Block Format Description"): half the size of bytecode, read at a gigabyte a second by
 * forty lines. Blocks carry no sizes: whoever keeps one keeps both.
 */
#ifndef PYMIRAGE_PYTHON_LZ4_H
#define PYMIRAGE_PYTHON_LZ4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that lz4_compress() makes of (size) octets, and the memory that it needs for that. */
size_t lz4_bound(size_t size);
size_t lz4_work(size_t size);

/* The smallest block there is, but for long runs of literals. (work) holds anything. No block is empty. */
size_t lz4_compress(void *work, const uint8_t *from, size_t size, uint8_t *to);

/* Whether the block is whole, and of exactly (length) octets, which are then at (to). */
bool lz4_decompress(const uint8_t *from, size_t size, uint8_t *to, size_t length);

#endif
