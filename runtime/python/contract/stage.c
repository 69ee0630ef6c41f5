/* SPDX-License-Identifier: ISC */
#include "stage.h"

#include "contract.h"
#include "initialise.h"

static PyObject *start_function;

bool contract_started(const char *what)
{
    if (stage_allows(what) && !stage_is_initialise())
        return true;
    PyErr_Format(PyExc_RuntimeError,
                 "%s: not while the image is initialised; ask in main(), or build with --cold", what);
    return false;
}

PyObject *contract_initialised(PyObject *module, PyObject *start)
{
    (void)module;
    if (!stage_is_initialise())
        Py_RETURN_FALSE;
    Py_XSETREF(start_function, Py_NewRef(start));
    dormant_rehearse();
    Py_RETURN_TRUE;
}

PyObject *contract_start_function(void)
{
    return start_function;
}
