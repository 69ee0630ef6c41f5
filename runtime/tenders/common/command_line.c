/* SPDX-License-Identifier: ISC */
/* The image's arguments as one string: see command_line.h. */
#include "command_line.h"

#include <stdbool.h>

#include "message.h"

struct writer {
    char *to;
    size_t size, length;
};

static void write_octet(struct writer *writer, char octet)
{
    if (writer->length + 1 >= writer->size)
        fail("the arguments of the image are longer than ", number(writer->size - 1), " characters");
    writer->to[writer->length++] = octet;
}

static void write_string(struct writer *writer, const char *string)
{
    while (*string)
        write_octet(writer, *string++);
}

static bool is_plain(char c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return true;
    for (const char *at = "_@%+=:,./-"; *at; at++)
        if (c == *at)
            return true;
    return false;
}

static bool needs_quotes(const char *argument)
{
    if (!*argument)
        return true;
    while (*argument)
        if (!is_plain(*argument++))
            return true;
    return false;
}

static void write_quoted(struct writer *writer, const char *argument)
{
    write_octet(writer, '\'');
    for (; *argument; argument++) {
        if (*argument == '\'')
            write_string(writer, "'\\''");
        else
            write_octet(writer, *argument);
    }
    write_octet(writer, '\'');
}

void command_line_join(char *to, size_t size, char *const *argv)
{
    struct writer writer = {to, size, 0};
    for (int i = 0; argv[i]; i++) {
        if (i)
            write_octet(&writer, ' ');
        if (needs_quotes(argv[i]))
            write_quoted(&writer, argv[i]);
        else
            write_string(&writer, argv[i]);
    }
    to[writer.length] = 0;
}
