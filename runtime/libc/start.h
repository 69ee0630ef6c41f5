/* SPDX-License-Identifier: ISC */
/* Between the shim's start and the program that it starts. */
#ifndef PYMIRAGE_LIBC_START_H
#define PYMIRAGE_LIBC_START_H

/* The program: C library ready, no arguments. What it returns is the image's exit status. */
int start_main(void);

/* The arguments that the tender passed, as one line (solo5.h, struct solo5_start_info). */
extern const char *start_command_line;

#endif
