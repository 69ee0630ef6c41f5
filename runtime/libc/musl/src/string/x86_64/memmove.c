/* SPDX-License-Identifier: ISC */
/*
 * memcpy and memmove as one function. musl's use "rep movsq" for every length, which takes 30 cycles to begin;
 * Python copies a few dozen octets most of the time, and frames.
 *
 * Short lengths load everything before they store anything, from both ends towards an overlap in the middle, so
 * they are right for overlapping arguments.
 */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#include <string.h>

#include "vector.h"

enum {
    BLOCK = 64,
    LARGE = 8192, /* from here on the processor's own loop is faster, however long it takes to begin */
};

static void copy_short(char *to, const char *from, size_t size)
{
    if (size >= 8) {
        uint64_t first = *(const word8 *)from, last = *(const word8 *)(from + size - 8);

        *(word8 *)to = first;
        *(word8 *)(to + size - 8) = last;
    } else if (size >= 4) {
        uint32_t first = *(const word4 *)from, last = *(const word4 *)(from + size - 4);

        *(word4 *)to = first;
        *(word4 *)(to + size - 4) = last;
    } else if (size >= 2) {
        uint16_t first = *(const word2 *)from, last = *(const word2 *)(from + size - 2);

        *(word2 *)to = first;
        *(word2 *)(to + size - 2) = last;
    } else if (size) {
        *to = *from;
    }
}

/* 17 to 64 octets. */
static void copy_medium(char *to, const char *from, size_t size)
{
    vector first = *(const vector *)from, last = *(const vector *)(from + size - 16);

    if (size > 32) {
        vector second = *(const vector *)(from + 16), third = *(const vector *)(from + size - 32);

        *(vector *)(to + 16) = second;
        *(vector *)(to + size - 32) = third;
    }
    *(vector *)to = first;
    *(vector *)(to + size - 16) = last;
}

static inline void copy_block(char *to, const char *from)
{
    vector a = *(const vector *)from, b = *(const vector *)(from + 16);
    vector c = *(const vector *)(from + 32), d = *(const vector *)(from + 48);

    *(vector *)to = a;
    *(vector *)(to + 16) = b;
    *(vector *)(to + 32) = c;
    *(vector *)(to + 48) = d;
}

/* The last, partial block is loaded before the loop and stored after it: the loop may overwrite its source. */
static void copy_forward(char *to, const char *from, size_t size)
{
    char tail[BLOCK];
    char *end = to + size - BLOCK;

    copy_block(tail, from + size - BLOCK);
    for (; to < end; to += BLOCK, from += BLOCK)
        copy_block(to, from);
    copy_block(end, tail);
}

static void copy_large(char *to, const char *from, size_t size)
{
    uint64_t last = *(const word8 *)(from + size - 8);
    char *end = to + size - 8;
    size_t words = size / 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    *(word8 *)end = last;
}

static void copy_backward(char *to, const char *from, size_t size)
{
    char head[BLOCK];
    size_t at = size;

    copy_block(head, from);
    for (; at > BLOCK; at -= BLOCK)
        copy_block(to + at - BLOCK, from + at - BLOCK);
    copy_block(to, head);
}

void *memmove(void *to, const void *from, size_t size)
{
    if (size <= 16)
        copy_short(to, from, size);
    else if (size <= BLOCK)
        copy_medium(to, from, size);
    else if ((uintptr_t)to - (uintptr_t)from < size)
        copy_backward(to, from, size);
    else if (size < LARGE)
        copy_forward(to, from, size);
    else
        copy_large(to, from, size);
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) __attribute__((alias("memmove")));
