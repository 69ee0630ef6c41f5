/* SPDX-License-Identifier: ISC */
/*
 * Where the bindings hand over to the C library. musl expects what a kernel leaves on the stack of a new process:
 * arguments, environment, auxiliary vector. It is built here, with no arguments and no environment: the command
 * line belongs to the application (solo5_command_line below), not to the interpreter.
 */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "packed.h"
#include "packing.h"
#include "pages.h"
#include "shim.h"
#include "solo5.h"
#include "stage.h"
#include "start.h"

/* By the linker: the ELF header, which image.lds loads with the program headers; musl finds PT_TLS in them. */
extern const Elf64_Ehdr __ehdr_start;

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void));

/* By image.lds: the lowest address of the stack, with an unmapped page below. */
extern const char __stack_start[];

/*
 * CPython raises RecursionError when the stack reaches down to here (cpython_edits.py). What lies below is for the
 * C functions that are called without a check, of which printf() with a float takes most, and for the error's making.
 */
enum { STACK_RESERVE = 96 * 1024 };
uintptr_t pymirage_stack_limit;

const char *start_command_line;

long thread_pointer(void *address)
{
    return stage_set_thread_pointer((uintptr_t)address) == 0 ? 0 : -EINVAL;
}

static int enter(int argc, char **argv, char **environment)
{
    (void)argc;
    (void)argv;
    (void)environment;
    return start_main();
}

int start(const struct solo5_start_info *info)
{
    static char name[] = "pymirage";
    static struct {
        char *arguments[2], *environment[1];
        Elf64_auxv_t auxiliary[5];
    } stack;

    start_command_line = info->cmdline;
    pymirage_stack_limit = (uintptr_t)__stack_start + STACK_RESERVE;
    pages_initialise((void *)info->heap_start, info->heap_size);
    if (stage_is_initialise()) {
        packing_begin();
        packed_malloc_begin();
    }
    stack.arguments[0] = name;
    stack.auxiliary[0] = (Elf64_auxv_t){AT_PHDR, {(uintptr_t)&__ehdr_start + __ehdr_start.e_phoff}};
    stack.auxiliary[1] = (Elf64_auxv_t){AT_PHENT, {sizeof(Elf64_Phdr)}};
    stack.auxiliary[2] = (Elf64_auxv_t){AT_PHNUM, {__ehdr_start.e_phnum}};
    stack.auxiliary[3] = (Elf64_auxv_t){AT_PAGESZ, {PAGE}};
    return __libc_start_main(enter, 1, stack.arguments, NULL, NULL, NULL);
}

uint64_t start_moment;

int solo5_app_main(const struct solo5_start_info *info)
{
    start_moment = solo5_clock_monotonic();
    if (!stage_was_saved())
        return start(info);
    start_command_line = info->cmdline;
    stage_resume((void *)info->heap_start, info->heap_size);
    exit(start_resumed());
}
