/* SPDX-License-Identifier: ISC */
/* Arguments from Python, checked: the calls beneath end the image when they are given nonsense. */
#include "contract.h"

bool contract_unsigned(PyObject *object, const char *what, uint64_t *value)
{
    *value = PyLong_AsUnsignedLongLong(object);
    if (*value != UINT64_MAX || !PyErr_Occurred())
        return true;
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
        PyErr_Format(PyExc_ValueError, "%s must be between 0 and 2**64 - 1", what);
    return false;
}

bool contract_handle(PyObject *object, solo5_handle_t *handle)
{
    if (!contract_started("a device") || !contract_unsigned(object, "handle", handle))
        return false;
    if (*handle < CONTRACT_HANDLES)
        return true;
    PyErr_SetString(PyExc_ValueError, "handle must come from net_acquire() or block_acquire()");
    return false;
}

bool contract_count(Py_ssize_t given, Py_ssize_t wanted, const char *function)
{
    if (given == wanted)
        return true;
    PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, %zd given", function, wanted, given);
    return false;
}
