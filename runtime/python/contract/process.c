/* SPDX-License-Identifier: ISC */
#include "contract.h"
#include "stage.h"
#include "start.h"

PyObject *contract_command_line(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    if (!contract_started("the command line"))
        return NULL;
    return PyUnicode_DecodeUTF8(start_command_line, (Py_ssize_t)strlen(start_command_line), "surrogateescape");
}

PyObject *contract_target(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyUnicode_FromString(solo5_target());
}

PyObject *contract_exit(PyObject *module, PyObject *status)
{
    long value = PyLong_AsLong(status);

    (void)module;
    if (value == -1 && PyErr_Occurred())
        return NULL;
    if (value < 0 || value > 255)
        return PyErr_Format(PyExc_ValueError, "an exit status is between 0 and 255, not %ld", value);
    stage_exit((int)value);
}

PyObject *contract_abort(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    stage_exit(SOLO5_EXIT_ABORT);
}
