/* SPDX-License-Identifier: ISC */
#include "memory_error.h"

#include <Python.h>

#include "pages.h"

/* Enough to import the traceback module and format a deep traceback; a sixty-fourth of the smallest guest. */
enum { RESERVE = 256 * 1024 / PAGE };

void memory_error_prepare(void)
{
    pages_keep_reserve(RESERVE);
}

void memory_error_conclude(void)
{
    pages_release_reserve();
}

/*
 * Importing turns a MemoryError into "Frozen object is invalid", and here and there an error gets lost altogether. So
 * whatever the exception, memory is the reason when it has run out and is still as good as used up.
 */
static bool is_about_memory(struct pages_use use)
{
    return PyErr_ExceptionMatches(PyExc_MemoryError) || (use.exhausted && use.total - use.used < 2 * RESERVE);
}

/* With stdio, because sys.stderr may not work without memory. */
static void explain(struct pages_use use)
{
    size_t mebibytes = use.total / (1024 * 1024 / PAGE);

    pages_release_reserve();
    fprintf(stderr, "out of memory: %zu MiB of heap are in use (give the image more: --mem=MB)\n", mebibytes);
}

void memory_error_explain(void)
{
    struct pages_use use = pages_use();

    if (is_about_memory(use))
        explain(use);
}

void memory_error_explain_start(void)
{
    struct pages_use use = pages_use();

    if (use.exhausted)
        explain(use);
}
