/* SPDX-License-Identifier: ISC */
/* What both tenders do alike: their command line, and giving up privileges. */
#ifndef PYMIRAGE_TENDER_H
#define PYMIRAGE_TENDER_H

#include "options.h"

struct command {
    struct options options;
    const char *image;
    char **arguments; /* the image's; NULL ends them */
};

/* Each tender's main.c. */
_Noreturn void tender_main(char **argv);

/* Reads "[options] [--] IMAGE [arguments]". --help and --version print and exit 0. */
void command_parse(struct command *command, char **argv, const char *target, unsigned abi_version);

/* Gives up root, capabilities and every way to gain privileges by executing something. */
void privileges_drop(void);

#endif
