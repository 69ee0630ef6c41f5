/* SPDX-License-Identifier: ISC */
/* One-line errors for the person who started the program: "program: what (remedy)", exit status 1. */
#ifndef PYMIRAGE_MESSAGE_H
#define PYMIRAGE_MESSAGE_H

#include <stdint.h>

#include "text.h"

extern const char *message_program; /* its name, without folders */

/* fail(string, ...): prints the program's name and the strings as one line on standard error and exits 1. */
#define fail(...) message_fail(__VA_ARGS__, (const char *)0)
_Noreturn void message_fail(const char *first, ...) __attribute__((sentinel));

/* What -result, an errno value, means. */
const char *error_name(long result);

/* A number as a string; good until the eighth call after. */
const char *number(uint64_t value);

#endif
