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

/* What compressing remembers: where four octets last were, and where before that. */
struct lz4_history {
    uint32_t last[1 << 15];   /* by their hash; positions plus 1 */
    uint32_t before[1 << 16]; /* by their position's low bits */
};

/* The most that lz4_compress() makes of (size) octets. */
size_t lz4_bound(size_t size);

/* (history) holds zeros. Returns the size of the block; no block is empty. */
size_t lz4_compress(struct lz4_history *history, const uint8_t *from, size_t size, uint8_t *to);

/* Whether the block is whole, and of exactly (length) octets, which are then at (to). */
bool lz4_decompress(const uint8_t *from, size_t size, uint8_t *to, size_t length);

#endif
