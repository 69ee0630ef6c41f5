/* SPDX-License-Identifier: ISC */
/* Aead(cipher, key, tag_size): authenticated encryption. The key schedule is made anew for each message. */
#include "crypto.h"

#include <string.h>

#include <openssl/crypto.h>

struct aead {
    PyObject_HEAD
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *context;
    unsigned char key[EVP_MAX_KEY_LENGTH];
    int tag_size;
};

static PyObject *aead_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    const char *name;
    Py_buffer key;
    int tag_size;
    struct aead *self;

    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "sy*i", &name, &key, &tag_size))
        return NULL;
    self = (struct aead *)type->tp_alloc(type, 0);
    if (self) {
        self->cipher = EVP_CIPHER_fetch(NULL, name, NULL);
        self->context = EVP_CIPHER_CTX_new();
        self->tag_size = tag_size;
        if (!self->cipher || !self->context)
            crypto_failed(name);
        else if (key.len != EVP_CIPHER_get_key_length(self->cipher) || tag_size < 4 || tag_size > 16)
            PyErr_SetString(PyExc_ValueError, "key or tag of a wrong size");
        else
            memcpy(self->key, key.buf, (size_t)key.len);
        if (PyErr_Occurred())
            Py_CLEAR(self);
    }
    PyBuffer_Release(&key);
    return (PyObject *)self;
}

static void aead_dealloc(PyObject *object)
{
    struct aead *self = (struct aead *)object;
    PyTypeObject *type = Py_TYPE(object);

    OPENSSL_cleanse(self->key, sizeof self->key);
    EVP_CIPHER_CTX_free(self->context); /* which wipes it */
    EVP_CIPHER_free(self->cipher);
    type->tp_free(object);
    Py_DECREF(type);
}

/* Nonce, key, associated data and, for CCM, the length; `tag` when opening. */
static bool begin(struct aead *self, const Py_buffer *nonce, const Py_buffer *associated, int length, void *tag)
{
    EVP_CIPHER_CTX *context = self->context;
    bool sealing = !tag, ccm = EVP_CIPHER_get_mode(self->cipher) == EVP_CIPH_CCM_MODE;
    int written;

    return EVP_CipherInit_ex2(context, self->cipher, NULL, NULL, sealing, NULL) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce->len, NULL) > 0 &&
           (!(ccm || tag) || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, self->tag_size, tag) > 0) &&
           EVP_CipherInit_ex2(context, NULL, self->key, nonce->buf, sealing, NULL) &&
           (!ccm || EVP_CipherUpdate(context, NULL, &written, NULL, length)) &&
           (!associated->len ||
            EVP_CipherUpdate(context, NULL, &written, associated->buf, (int)associated->len));
}

/* CCM is done after one update, and its tag checked in it; for the others Final checks it and writes nothing. */
static bool transform(struct aead *self, unsigned char *to, const unsigned char *from, int length)
{
    unsigned char none[EVP_MAX_BLOCK_LENGTH];
    int written = 0, rest = 0;

    if (!EVP_CipherUpdate(self->context, to, &written, from, length) || written != length)
        return false;
    if (EVP_CIPHER_get_mode(self->cipher) == EVP_CIPH_CCM_MODE)
        return true;
    return EVP_CipherFinal_ex(self->context, none, &rest) && rest == 0;
}

static PyObject *aead_seal(PyObject *object, PyObject *arguments)
{
    struct aead *self = (struct aead *)object;
    Py_buffer nonce, plain, associated;
    PyObject *sealed = NULL;

    if (!PyArg_ParseTuple(arguments, "y*y*y*", &nonce, &plain, &associated))
        return NULL;
    if (crypto_short_enough(plain.len) && crypto_short_enough(associated.len) && crypto_short_enough(nonce.len))
        sealed = PyBytes_FromStringAndSize(NULL, plain.len + self->tag_size);
    if (sealed) {
        unsigned char *to = (unsigned char *)PyBytes_AS_STRING(sealed);

        if (!begin(self, &nonce, &associated, (int)plain.len, NULL) ||
            !transform(self, to, plain.buf, (int)plain.len) ||
            EVP_CIPHER_CTX_ctrl(self->context, EVP_CTRL_AEAD_GET_TAG, self->tag_size, to + plain.len) <= 0) {
            Py_CLEAR(sealed);
            crypto_failed("seal");
        }
    }
    PyBuffer_Release(&nonce);
    PyBuffer_Release(&plain);
    PyBuffer_Release(&associated);
    return sealed;
}

/* None when the tag is wrong. */
static PyObject *aead_open(PyObject *object, PyObject *arguments)
{
    struct aead *self = (struct aead *)object;
    Py_buffer nonce, sealed, associated;
    PyObject *plain = NULL;

    if (!PyArg_ParseTuple(arguments, "y*y*y*", &nonce, &sealed, &associated))
        return NULL;
    if (sealed.len < self->tag_size)
        plain = Py_NewRef(Py_None);
    else if (crypto_short_enough(sealed.len) && crypto_short_enough(associated.len) &&
             crypto_short_enough(nonce.len))
        plain = PyBytes_FromStringAndSize(NULL, sealed.len - self->tag_size);
    if (plain && plain != Py_None) {
        int length = (int)sealed.len - self->tag_size;
        unsigned char *to = (unsigned char *)PyBytes_AS_STRING(plain), tag[16];

        memcpy(tag, (const char *)sealed.buf + length, (size_t)self->tag_size);
        if (!begin(self, &nonce, &associated, length, tag)) {
            Py_CLEAR(plain);
            crypto_failed("open");
        } else if (!transform(self, to, sealed.buf, length)) {
            OPENSSL_cleanse(to, (size_t)length);
            Py_SETREF(plain, Py_NewRef(Py_None));
            crypto_failed("open");
            PyErr_Clear();
        }
    }
    PyBuffer_Release(&nonce);
    PyBuffer_Release(&sealed);
    PyBuffer_Release(&associated);
    return plain;
}

PyTypeObject *crypto_aead_type(void)
{
    static PyMethodDef methods[] = {
        {"seal", aead_seal, METH_VARARGS, NULL},
        {"open", aead_open, METH_VARARGS, NULL},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, aead_new},
        {Py_tp_dealloc, aead_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {
        .name = "pymirage.security.crypto._libcrypto.Aead",
        .basicsize = sizeof(struct aead),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
        .slots = slots,
    };

    return (PyTypeObject *)PyType_FromSpec(&spec);
}
