/* SPDX-License-Identifier: ISC */
/* Key: a public or private key of any kind, made by the module's functions (key_make.c). */
#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>

struct key {
    PyObject_HEAD
    EVP_PKEY *key;
};

/* Of crypto_key_type(), which the module keeps alive. */
static PyTypeObject *key_type;

PyObject *crypto_key(EVP_PKEY *key)
{
    struct key *self;

    if (!key)
        return NULL;
    self = (struct key *)key_type->tp_alloc(key_type, 0);
    if (self)
        self->key = key;
    else
        EVP_PKEY_free(key);
    return (PyObject *)self;
}

EVP_PKEY *crypto_key_of(PyObject *object)
{
    return ((struct key *)object)->key;
}

static void key_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    EVP_PKEY_free(crypto_key_of(object)); /* which wipes it */
    type->tp_free(object);
    Py_DECREF(type);
}

/* What an i2d function allocated, as bytes. */
static PyObject *encoded(unsigned char *octets, int size, const char *what)
{
    PyObject *result;

    if (size <= 0)
        return crypto_failed(what);
    result = PyBytes_FromStringAndSize((char *)octets, size);
    OPENSSL_clear_free(octets, (size_t)size);
    return result;
}

static PyObject *private_der(PyObject *self, PyObject *none)
{
    PKCS8_PRIV_KEY_INFO *information = EVP_PKEY2PKCS8(crypto_key_of(self));
    unsigned char *octets = NULL;
    int size = information ? i2d_PKCS8_PRIV_KEY_INFO(information, &octets) : 0;

    (void)none;
    PKCS8_PRIV_KEY_INFO_free(information);
    return encoded(octets, size, "private_der");
}

static PyObject *public_der(PyObject *self, PyObject *none)
{
    unsigned char *octets = NULL;
    int size = i2d_PUBKEY(crypto_key_of(self), &octets);

    (void)none;
    return encoded(octets, size, "public_der");
}

/* A point, or the number of Diffie-Hellman, as protocols send it. */
static PyObject *public_octets(PyObject *self, PyObject *none)
{
    unsigned char *octets = NULL;
    size_t size = EVP_PKEY_get1_encoded_public_key(crypto_key_of(self), &octets);

    (void)none;
    return encoded(octets, (int)size, "public");
}

static PyObject *key_kind(PyObject *self, void *closure)
{
    const char *name = EVP_PKEY_get0_type_name(crypto_key_of(self));

    (void)closure;
    return PyUnicode_FromString(name ? name : "");
}

static PyObject *key_bits(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(EVP_PKEY_get_bits(crypto_key_of(self)));
}

/* The curve's name; empty for other kinds, and for parameters that are written out. */
static PyObject *key_group(PyObject *self, void *closure)
{
    int explicit = 0;
    char name[64];
    size_t size;

    (void)closure;
    /* Parameters that are written out may look like a curve and be another (CVE-2020-0601). */
    if (EVP_PKEY_get_int_param(crypto_key_of(self), OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) <= 0 ||
        explicit ||
        !EVP_PKEY_get_group_name(crypto_key_of(self), name, sizeof name, &size)) {
        crypto_failed("group");
        PyErr_Clear();
        return PyUnicode_FromString("");
    }
    return PyUnicode_FromStringAndSize(name, (Py_ssize_t)size);
}

PyTypeObject *crypto_key_type(void)
{
    static PyMethodDef methods[] = {
        {"private_der", private_der, METH_NOARGS, NULL},
        {"public_der", public_der, METH_NOARGS, NULL},
        {"public", public_octets, METH_NOARGS, NULL},
        {"sign", crypto_key_sign, METH_VARARGS, NULL},
        {"verify", crypto_key_verify, METH_VARARGS, NULL},
        {"encrypt", crypto_key_encrypt, METH_VARARGS, NULL},
        {"decrypt", crypto_key_decrypt, METH_VARARGS, NULL},
        {"exchange", crypto_key_exchange, METH_O, NULL},
        {NULL, NULL, 0, NULL},
    };
    static PyGetSetDef attributes[] = {
        {"kind", key_kind, NULL, NULL, NULL},
        {"bits", key_bits, NULL, NULL, NULL},
        {"group", key_group, NULL, NULL, NULL},
        {NULL, NULL, NULL, NULL, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_dealloc, key_dealloc},
        {Py_tp_methods, methods},
        {Py_tp_getset, attributes},
        {0, NULL},
    };
    static PyType_Spec spec = {
        .name = "pymirage.security.crypto._libcrypto.Key",
        .basicsize = sizeof(struct key),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
        .slots = slots,
    };

    key_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return key_type;
}
