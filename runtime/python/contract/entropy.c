/* SPDX-License-Identifier: ISC */
#include "contract.h"
#include "no_entropy.h"

PyObject *contract_entropy(PyObject *module, PyObject *size)
{
    Py_ssize_t wanted = PyLong_AsSsize_t(size);
    PyObject *octets;

    (void)module;
    if (!contract_started("entropy"))
        return NULL;
    if (wanted == -1 && PyErr_Occurred())
        return NULL;
    if (wanted < 0)
        return PyErr_Format(PyExc_ValueError, "size must not be negative");
    octets = PyBytes_FromStringAndSize(NULL, wanted);
    if (!octets || solo5_entropy(PyBytes_AS_STRING(octets), (size_t)wanted) == (size_t)wanted)
        return octets;
    Py_DECREF(octets);
    PyErr_SetString(PyExc_OSError, no_entropy());
    return NULL;
}
