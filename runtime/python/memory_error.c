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

void memory_error_explain(void)
{
    size_t mebibytes = pages_use().total / (1024 * 1024 / PAGE);

    if (!PyErr_ExceptionMatches(PyExc_MemoryError))
        return;
    pages_release_reserve();
    PySys_WriteStderr("out of memory: %zu MiB of heap are in use (give the image more: --mem=MB)\n", mebibytes);
}
