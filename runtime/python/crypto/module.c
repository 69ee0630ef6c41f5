/* SPDX-License-Identifier: ISC */
#include "crypto.h"

static PyMethodDef functions[] = {
    {"private_key", crypto_private_key, METH_O, NULL},
    {"public_key", crypto_public_key, METH_O, NULL},
    {"generate", crypto_generate, METH_VARARGS, NULL},
    {"dh", crypto_dh, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pymirage.security.crypto._libcrypto",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__libcrypto(void)
{
    PyObject *module = PyModule_Create(&definition);

    if (!module)
        return NULL;
    crypto_error = PyErr_NewException("pymirage.security.crypto._libcrypto.LibcryptoError", PyExc_ValueError, NULL);
    if (PyModule_AddObjectRef(module, "LibcryptoError", crypto_error) < 0 ||
        PyModule_Add(module, "Aead", (PyObject *)crypto_aead_type()) < 0 ||
        PyModule_Add(module, "Cipher", (PyObject *)crypto_cipher_type()) < 0 ||
        PyModule_Add(module, "Key", (PyObject *)crypto_key_type()) < 0 ||
        PyModule_AddStringConstant(module, "VERSION", OpenSSL_version(OPENSSL_VERSION_STRING)) < 0)
        Py_CLEAR(module);
    return module;
}
