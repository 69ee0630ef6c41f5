/* SPDX-License-Identifier: ISC */
/*
 * In the place of CPython's header of this name, for its _ssl.c: an image has no sockets. TLS there is between
 * ssl.MemoryBIO objects (asyncio's sslproto, pymirage.security.tls), and SSLContext._wrap_socket() takes instances of
 * a type that has none.
 */
#ifndef PYMIRAGE_PYTHON_SOCKETMODULE_H
#define PYMIRAGE_PYTHON_SOCKETMODULE_H

#include <Python.h>

#define INVALID_SOCKET (-1)
#define SSL_set_fd(ssl, fd) ((void)(ssl), (void)(fd))

typedef int SOCKET_T;

typedef struct {
    PyObject_HEAD
    SOCKET_T sock_fd;
    PyTime_t sock_timeout;
} PySocketSockObject;

typedef struct {
    PyTypeObject *Sock_Type;
} PySocketModule_APIObject;

static PyTypeObject no_socket = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_ssl.socket",
    .tp_basicsize = sizeof(PySocketSockObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

static PySocketModule_APIObject *PySocketModule_ImportModuleAndAPI(void)
{
    static PySocketModule_APIObject api = {&no_socket};

    return PyType_Ready(&no_socket) < 0 ? NULL : &api;
}

#endif
