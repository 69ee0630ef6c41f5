/* SPDX-License-Identifier: ISC */
/*
 * Bytes in memory, without a C library. The four memory functions exist because the compiler calls them
 * for copies that it finds; in an image they are local to the bindings, the C library has its own.
 */
#ifndef PYMIRAGE_MEMORY_H
#define PYMIRAGE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int octet, size_t size);
int memcmp(const void *a, const void *b, size_t size);

size_t string_length(const char *s);
bool string_equal(const char *a, const char *b);
bool string_starts(const char *s, const char *prefix);

#define PAGE_SIZE 4096UL

/* (value) must be at most UINT64_MAX - PAGE_SIZE + 1. */
static inline uint64_t page_up(uint64_t value)
{
    return (value + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

static inline uint64_t page_down(uint64_t value)
{
    return value & ~(PAGE_SIZE - 1);
}

#endif
