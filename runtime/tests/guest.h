/* SPDX-License-Identifier: ISC */
/* What the test guests share. A guest does one thing, and prints SUCCESS when it went as the contract says. */
#ifndef PYMIRAGE_GUEST_H
#define PYMIRAGE_GUEST_H

#include "solo5.h"

static inline size_t length_of(const char *string)
{
    size_t length = 0;
    while (string[length])
        length++;
    return length;
}

static inline void print(const char *string)
{
    solo5_console_write(string, length_of(string));
}

static inline void print_number(uint64_t value)
{
    if (value >= 10)
        print_number(value / 10);
    const char digit = (char)('0' + value % 10);
    solo5_console_write(&digit, 1);
}

static inline bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* Whether a frame asks the guest to stop: its last four octets are 'q', as no address that Linux drew ends. */
static inline bool asks_to_stop(const uint8_t *frame, size_t size)
{
    bool asks = size >= 4;
    for (size_t i = size - 4; asks && i < size; i++)
        asks = frame[i] == 'q';
    return asks;
}

static inline int succeed(void)
{
    print("SUCCESS\n");
    return SOLO5_EXIT_SUCCESS;
}

/* Stops the guest with status 1, saying what was expected, unless (condition) holds. */
static inline void expect(bool condition, const char *what)
{
    if (condition)
        return;
    print("FAILED: expected ");
    print(what);
    print("\n");
    solo5_exit(SOLO5_EXIT_FAILURE);
}

/* Whether the host took a frame. One for which it has no room now is lost, as on a wire. */
static inline bool taken(solo5_result_t result)
{
    expect(result == SOLO5_R_OK || result == SOLO5_R_AGAIN, "a frame to be sent");
    return result == SOLO5_R_OK;
}

#endif
