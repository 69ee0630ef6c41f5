/* SPDX-License-Identifier: ISC */
#include "contract.h"
#include "stage.h"

PyObject *contract_console_write(PyObject *module, PyObject *data)
{
    Py_buffer view;

    (void)module;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    if (view.len)
        stage_write(view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}
