/* SPDX-License-Identifier: ISC */
/* The image's arguments as one string. */
#ifndef PYMIRAGE_COMMAND_LINE_H
#define PYMIRAGE_COMMAND_LINE_H

#include <stddef.h>

/*
 * Joins (argv), which NULL ends, with spaces into (size) octets at (to). An argument that is empty or
 * holds anything outside [A-Za-z0-9_@%+=:,./-] is quoted as POSIX shells do ('it'\''s'), so the image can
 * split the string again. Fails with a message when it does not fit.
 */
void command_line_join(char *to, size_t size, char *const *argv);

#endif
