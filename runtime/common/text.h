/* SPDX-License-Identifier: ISC */
/* Builds a message in a fixed buffer. What does not fit is cut off: a message never fails. */
#ifndef PYMIRAGE_TEXT_H
#define PYMIRAGE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    size_t length;
    char bytes[2048];
};

void text_add(struct text *text, const char *string);
void text_add_bounded(struct text *text, const char *string, size_t limit); /* stops at limit or NUL */
void text_decimal(struct text *text, uint64_t value);
void text_hexadecimal(struct text *text, uint64_t value); /* 0x1f */
void text_register(struct text *text, uint64_t value);    /* 16 digits */

#endif
