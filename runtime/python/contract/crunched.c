/* SPDX-License-Identifier: ISC */
#include "contract.h"
#include "embedded.h"

static PyObject *entry(const struct embedded_file *file)
{
    PyObject *content = PyMemoryView_FromMemory((char *)file->content, (Py_ssize_t)file->size, PyBUF_READ);

    if (!content)
        return NULL;
    return Py_BuildValue("(sNy#)", file->name, content, (const char *)file->digest, (Py_ssize_t)EMBEDDED_DIGEST);
}

static PyObject *entries(const struct embedded_file *files)
{
    Py_ssize_t count = 0;
    PyObject *result;

    while (files[count].name)
        count++;
    result = PyTuple_New(count);
    for (Py_ssize_t i = 0; result && i < count; i++) {
        PyObject *item = entry(&files[i]);

        if (!item)
            Py_CLEAR(result);
        else
            PyTuple_SET_ITEM(result, i, item);
    }
    return result;
}

PyObject *contract_crunched(PyObject *module, PyObject *table)
{
    const char *name = PyUnicode_AsUTF8(table);

    (void)module;
    if (!name)
        return NULL;
    for (const struct embedded_table *at = embedded_tables; at->name; at++)
        if (strcmp(at->name, name) == 0)
            return entries(at->files);
    PyErr_SetObject(PyExc_KeyError, table);
    return NULL;
}
