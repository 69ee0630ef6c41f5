/* SPDX-License-Identifier: ISC */
/*
 * CPython remembers which attributes it found in which classes (Objects/typeobject.c), in 4096 places by the addresses
 * of their names. An image of memory begins without: that is 96 KiB of zeros, and which names live on does not depend
 * on where they lie.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>

#include "initialise.h"

void lookups_forget(void)
{
    struct types_state *types = &_PyInterpreterState_GET()->types;

    PyType_ClearCache();
    /* None, which is immortal, is in every place now; nothing will do as well (cpython_edits.py). */
    memset(&types->type_cache, 0, sizeof types->type_cache);
}
