/* SPDX-License-Identifier: ISC */
/* Builds a message in a fixed buffer: see text.h. */
#include "text.h"

static void add_octet(struct text *text, char octet)
{
    if (text->length < sizeof text->bytes)
        text->bytes[text->length++] = octet;
}

void text_add(struct text *text, const char *string)
{
    while (*string)
        add_octet(text, *string++);
}

void text_add_bounded(struct text *text, const char *string, size_t limit)
{
    for (size_t i = 0; i < limit && string[i]; i++)
        add_octet(text, string[i]);
}

void text_decimal(struct text *text, uint64_t value)
{
    if (value >= 10)
        text_decimal(text, value / 10);
    add_octet(text, (char)('0' + value % 10));
}

static void digits(struct text *text, uint64_t value, int count)
{
    while (count--)
        add_octet(text, "0123456789abcdef"[value >> (4 * count) & 15]);
}

void text_hexadecimal(struct text *text, uint64_t value)
{
    int count = 1;
    while (count < 16 && value >> (4 * count))
        count++;
    text_add(text, "0x");
    digits(text, value, count);
}

void text_register(struct text *text, uint64_t value)
{
    digits(text, value, 16);
}
