/* SPDX-License-Identifier: ISC */
/*
 * Tables of dictionaries in an image that is initialised when it is built, as large as what they hold. Python makes
 * them for more, because they grow; most of these never will. One that does gets a larger table then, as usual.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_dict.h>
#include <internal/pycore_global_objects.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_sysmodule.h>

#include "initialise.h"

/* A copy of (keys) without room for more than (usable) entries; in their place. */
static PyDictKeysObject *fitted(PyDictKeysObject *keys, Py_ssize_t usable)
{
    PyDictKeysObject *copy;

    keys->dk_usable = usable;
    copy = PyMem_Malloc(_PyDict_KeysSize(keys));
    if (!copy)
        Py_FatalError("out of memory");
    memcpy(copy, keys, _PyDict_KeysSize(keys));
    PyMem_Free(keys);
    return copy;
}

void fit_dict(PyDictObject *dict)
{
    PyDictKeysObject *keys = dict->ma_keys;

    if (!dict->ma_values && keys->dk_refcnt == 1 && keys->dk_usable)
        dict->ma_keys = fitted(keys, 0);
}

/*
 * The attributes that instances share. Without instances there are none, and the first one makes the table
 * (tool/runtime/cpython_edits.py); where there are, the table has room for more than Python would use.
 */
void fit_class(PyHeapTypeObject *class)
{
    PyDictKeysObject *keys = class->ht_cached_keys;

    if (!keys || keys->dk_refcnt != 1)
        return;
    if (keys->dk_nentries == 0 && keys->dk_usable == SHARED_KEYS_MAX_SIZE) {
        PyMem_Free(keys);
        class->ht_cached_keys = NULL;
    } else {
        class->ht_cached_keys = fitted(keys, keys->dk_usable);
    }
}

/* importlib: what a finder left for its loader. An import that comes again has a specification of its own. */
void fit_specs(void)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;

    while (PyDict_Next(PyImport_GetModuleDict(), &position, &name, &module)) {
        PyObject *spec = PyObject_GetAttrString(module, "__spec__");

        if (spec && spec != Py_None && PyObject_HasAttrString(spec, "loader_state"))
            PyObject_SetAttrString(spec, "loader_state", Py_None);
        Py_XDECREF(spec);
        PyErr_Clear();
    }
}

/* Most names that were ever interned are gone. */
void fit_interned(void)
{
    PyObject **place = &_Py_INTERP_CACHED_OBJECT(_PyInterpreterState_GET(), interned_strings);
    PyObject *fitting = PyDict_New(), *key, *value;
    Py_ssize_t position = 0;

    if (!fitting)
        Py_FatalError("out of memory");
    while (PyDict_Next(*place, &position, &key, &value))
        if (PyDict_SetItem(fitting, key, value) < 0)
            Py_FatalError("out of memory");
    Py_SETREF(*place, fitting);
    fit_dict((PyDictObject *)fitting);
    census_add("table", "names", (size_t)PyDict_GET_SIZE(fitting), _PySys_GetSizeOf(fitting));
}
