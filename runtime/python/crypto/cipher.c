/* SPDX-License-Identifier: ISC */
/* Cipher(cipher, key, vector, encrypt): a stream, without padding and without authentication. */
#include "crypto.h"

struct cipher {
    PyObject_HEAD
    EVP_CIPHER_CTX *context;
};

static bool start(struct cipher *self, const char *name, const Py_buffer *key, const Py_buffer *vector, int encrypt)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    bool done = false;

    self->context = EVP_CIPHER_CTX_new();
    if (!cipher || !self->context)
        crypto_failed(name);
    else if (key->len != EVP_CIPHER_get_key_length(cipher) || vector->len != EVP_CIPHER_get_iv_length(cipher))
        PyErr_SetString(PyExc_ValueError, "key or initialisation vector of a wrong size");
    else if (!EVP_CipherInit_ex2(self->context, cipher, key->buf, vector->buf, encrypt, NULL) ||
             !EVP_CIPHER_CTX_set_padding(self->context, 0))
        crypto_failed(name);
    else
        done = true;
    EVP_CIPHER_free(cipher);
    return done;
}

static PyObject *cipher_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    const char *name;
    Py_buffer key, vector;
    int encrypt;
    struct cipher *self;

    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "sy*y*p", &name, &key, &vector, &encrypt))
        return NULL;
    self = (struct cipher *)type->tp_alloc(type, 0);
    if (self && !start(self, name, &key, &vector, encrypt))
        Py_CLEAR(self);
    PyBuffer_Release(&key);
    PyBuffer_Release(&vector);
    return (PyObject *)self;
}

static void cipher_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    EVP_CIPHER_CTX_free(((struct cipher *)object)->context);
    type->tp_free(object);
    Py_DECREF(type);
}

/* Whole blocks in, as many out: nothing stays behind. */
static PyObject *cipher_update(PyObject *object, PyObject *data)
{
    EVP_CIPHER_CTX *context = ((struct cipher *)object)->context;
    int block = EVP_CIPHER_CTX_get_block_size(context), written = 0;
    Py_buffer from;
    PyObject *to = NULL;

    if (PyObject_GetBuffer(data, &from, PyBUF_SIMPLE) < 0)
        return NULL;
    if (from.len % block)
        PyErr_SetString(PyExc_ValueError, "not whole blocks");
    else if (crypto_short_enough(from.len))
        to = PyBytes_FromStringAndSize(NULL, from.len);
    if (to && from.len &&
        (!EVP_CipherUpdate(context, (unsigned char *)PyBytes_AS_STRING(to), &written, from.buf, (int)from.len) ||
         written != from.len)) {
        Py_CLEAR(to);
        crypto_failed("update");
    }
    PyBuffer_Release(&from);
    return to;
}

PyTypeObject *crypto_cipher_type(void)
{
    static PyMethodDef methods[] = {
        {"update", cipher_update, METH_O, NULL},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, cipher_new},
        {Py_tp_dealloc, cipher_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {
        .name = "pymirage.security.crypto._libcrypto.Cipher",
        .basicsize = sizeof(struct cipher),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
        .slots = slots,
    };

    return (PyTypeObject *)PyType_FromSpec(&spec);
}
