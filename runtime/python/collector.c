/* SPDX-License-Identifier: ISC */
/*
 * Importing makes objects that live as long as the image; looking through them for garbage takes a tenth of the
 * start. So the collector waits longer until the program first yields, and then puts what is there aside
 * (gc.freeze()): collections in the running program look at the program's own objects only.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>

#include "collector.h"

/* Containers made in excess of those freed. CPython's own is 2000. 20000 are 2 MiB of garbage at most. */
enum { WHILE_IMPORTING = 20000 };

static int usual;

void collector_relax(void)
{
    struct gc_generation *youngest = &_PyInterpreterState_GET()->gc.generations[0];

    usual = youngest->threshold;
    youngest->threshold = WHILE_IMPORTING;
}

void collector_settle(void)
{
    PyInterpreterState *interpreter = _PyInterpreterState_GET();
    struct gc_generation *youngest = &interpreter->gc.generations[0];

    /* Unless the program has chosen for itself. */
    if (!usual || youngest->threshold != WHILE_IMPORTING)
        return;
    youngest->threshold = usual;
    usual = 0;
    _PyGC_Freeze(interpreter);
}
