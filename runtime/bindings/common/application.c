/* SPDX-License-Identifier: ISC */
/* From the bindings to the application, and the ends that both can come to. */
#include "bindings.h"

const struct mft *bindings_manifest;

_Noreturn void application_run_in(const char *command_line, uint64_t heap_start, uint64_t heap_end)
{
    static struct solo5_start_info info;
    if (heap_end < heap_start)
        fatal("not enough memory for the image");
    info.cmdline = command_line;
    info.heap_start = heap_start;
    info.heap_size = page_down(heap_end) - heap_start;
    solo5_exit(solo5_app_main(&info));
}

_Noreturn void application_run(const char *command_line, uint64_t memory_end)
{
    application_run_in(command_line, solo5_image_end, memory_end);
}

_Noreturn void fatal(const char *message)
{
    solo5_console_write("fatal: ", 7);
    solo5_console_write(message, string_length(message));
    solo5_console_write("\n", 1);
    solo5_abort();
}
