/* SPDX-License-Identifier: ISC */
#include "contract.h"
#include "pages.h"

PyObject *contract_memory(PyObject *module, PyObject *none)
{
    struct pages_use use = pages_use();

    (void)module;
    (void)none;
    return Py_BuildValue("(nnn)", (Py_ssize_t)(use.total * PAGE), (Py_ssize_t)(use.used * PAGE),
                         (Py_ssize_t)(use.peak * PAGE));
}
