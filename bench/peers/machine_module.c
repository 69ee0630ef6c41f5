/* SPDX-License-Identifier: ISC */
/* The one thing that a first process must do and CPython cannot: load a module into the kernel (init_module(2)). */
#include <Python.h>
#include <sys/syscall.h>
#include <unistd.h>

static PyObject *load(PyObject *self, PyObject *arguments)
{
    const char *module;
    Py_ssize_t size;

    (void)self;
    if (!PyArg_ParseTuple(arguments, "y#", &module, &size))
        return NULL;
    if (syscall(SYS_init_module, module, size, ""))
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"load", load, METH_VARARGS, NULL}, {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_machine", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__machine(void)
{
    return PyModule_Create(&definition);
}
