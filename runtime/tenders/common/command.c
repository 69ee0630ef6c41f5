/* SPDX-License-Identifier: ISC */
/* A tender's command line: see tender.h. */
#include "linux.h"
#include "memory.h"
#include "message.h"
#include "tender.h"

#ifndef PYMIRAGE_VERSION
#define PYMIRAGE_VERSION "development"
#endif

static _Noreturn void print_and_exit(const struct text *text)
{
    linux_write(1, text->bytes, text->length);
    linux_exit(0);
}

static _Noreturn void help(const char *target)
{
    struct text text = {0};
    text_add(&text, "usage: pymirage-");
    text_add(&text, target);
    text_add(&text, " [options] [--] IMAGE [arguments of the image]\n\nRuns a unikernel image for the target ");
    text_add(&text, target);
    text_add(&text, ".\n\n" OPTIONS_HELP "  --help, --version\n\n"
                    "Exits with the image's status; 255 if it aborted or faulted, 1 if it could not be started.\n");
    print_and_exit(&text);
}

static _Noreturn void version(const char *target, unsigned abi_version)
{
    struct text text = {0};
    text_add(&text, "pymirage-");
    text_add(&text, target);
    text_add(&text, " " PYMIRAGE_VERSION ", Solo5 ");
    text_add(&text, target);
    text_add(&text, " ABI ");
    text_decimal(&text, abi_version);
    text_add(&text, "\n");
    print_and_exit(&text);
}

void command_parse(struct command *command, char **argv, const char *target, unsigned abi_version)
{
    command->options.memory_mb = DEFAULT_MEMORY_MB;
    if (*argv)
        argv++;
    for (; *argv && **argv == '-'; argv++) {
        if (string_equal(*argv, "--")) {
            argv++;
            break;
        }
        if (string_equal(*argv, "--help"))
            help(target);
        if (string_equal(*argv, "--version"))
            version(target, abi_version);
        if (!options_take(&command->options, *argv))
            fail("unknown option '", *argv, "' (--help lists them)");
    }
    if (!*argv)
        fail("no image given (pymirage-", target, " [options] IMAGE [arguments])");
    command->image = *argv;
    command->arguments = argv + 1;
}
