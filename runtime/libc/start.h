/* SPDX-License-Identifier: ISC */
/* Between the shim's start and the program that it starts. */
#ifndef PYMIRAGE_LIBC_START_H
#define PYMIRAGE_LIBC_START_H

#include "solo5.h"

/* The program: C library ready, no arguments. What it returns is the image's exit status. */
int start_main(void);

/* What comes first when the image was initialised at build time: start_main() has saved it (stage.h). */
int start_resumed(void);

/* While the image is built: a start has been rehearsed, which the second time can profit from (initialise_abi.h). */
struct initialise_plan;
void start_rehearsed(struct initialise_plan *plan);

/* From the beginning: the C library, start_main(). */
int start(const struct solo5_start_info *info);

/* The monotonic clock when the bindings had set themselves up: `pymirage run --trace-boot` shows it. */
extern uint64_t start_moment;

/* The arguments that the tender passed, as one line (solo5.h, struct solo5_start_info). */
extern const char *start_command_line;

#endif
