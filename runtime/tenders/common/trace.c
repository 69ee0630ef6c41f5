/* SPDX-License-Identifier: ISC */
/* --trace-boot: see options.h. */
#include <linux/time.h>

#include "linux.h"
#include "options.h"
#include "text.h"

void trace_mark(const struct options *options, const char *what)
{
    struct timespec now = {0};
    struct text text = {0};
    if (!options->trace)
        return;
    linux_clock_gettime(CLOCK_MONOTONIC, &now);
    text_add(&text, "trace ");
    text_decimal(&text, (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec);
    text_add(&text, " ");
    text_add(&text, what);
    text_add(&text, "\n");
    linux_write(2, text.bytes, text.length);
}
