/* SPDX-License-Identifier: ISC */
/* What keys do: sign and verify, encrypt and decrypt, agree. */
#include "crypto.h"

#include <string.h>

#include <openssl/core_names.h>

/* Of RSA only: "pkcs1", "pss" or "oaep", and what belongs to it. Empty strings for what there is not. */
struct padding {
    const char *mode, *digest, *mask;
    int salt;
    Py_buffer label;
};

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant; /* OSSL_PARAM has no const; signing only reads */
}

static void signature_parameters(struct padding *padding, OSSL_PARAM *parameters)
{
    if (*padding->mode)
        *parameters++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, text(padding->mode), 0);
    if (!strcmp(padding->mode, "pss")) {
        *parameters++ = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &padding->salt);
        *parameters++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, text(padding->mask), 0);
    }
    *parameters = OSSL_PARAM_construct_end();
}

/* sign(message, digest, padding, salt, mask) */
PyObject *crypto_key_sign(PyObject *self, PyObject *arguments)
{
    struct padding padding;
    OSSL_PARAM parameters[4];
    Py_buffer message;
    PyObject *signature = NULL;
    EVP_MD_CTX *context;
    size_t size;

    if (!PyArg_ParseTuple(arguments, "y*ssis", &message, &padding.digest, &padding.mode, &padding.salt,
                          &padding.mask))
        return NULL;
    signature_parameters(&padding, parameters);
    context = EVP_MD_CTX_new();
    if (context &&
        EVP_DigestSignInit_ex(context, NULL, *padding.digest ? padding.digest : NULL, NULL, NULL,
                              crypto_key_of(self), parameters) > 0 &&
        EVP_DigestSign(context, NULL, &size, message.buf, (size_t)message.len) > 0) {
        signature = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        if (signature && EVP_DigestSign(context, (unsigned char *)PyBytes_AS_STRING(signature), &size, message.buf,
                                        (size_t)message.len) > 0)
            _PyBytes_Resize(&signature, (Py_ssize_t)size); /* ECDSA's length varies */
        else
            Py_CLEAR(signature);
    }
    if (!signature && !PyErr_Occurred())
        crypto_failed("sign");
    EVP_MD_CTX_free(context);
    PyBuffer_Release(&message);
    return signature;
}

/* verify(signature, message, digest, padding, salt, mask): whether it is right. */
PyObject *crypto_key_verify(PyObject *self, PyObject *arguments)
{
    struct padding padding;
    OSSL_PARAM parameters[4];
    Py_buffer signature, message;
    PyObject *result = NULL;
    EVP_MD_CTX *context;

    if (!PyArg_ParseTuple(arguments, "y*y*ssis", &signature, &message, &padding.digest, &padding.mode,
                          &padding.salt, &padding.mask))
        return NULL;
    signature_parameters(&padding, parameters);
    context = EVP_MD_CTX_new();
    if (!context || EVP_DigestVerifyInit_ex(context, NULL, *padding.digest ? padding.digest : NULL, NULL, NULL,
                                            crypto_key_of(self), parameters) <= 0) {
        crypto_failed("verify");
    } else {
        int right = EVP_DigestVerify(context, signature.buf, (size_t)signature.len, message.buf,
                                     (size_t)message.len);

        if (right != 1) {
            crypto_failed("verify");
            PyErr_Clear();
        }
        result = PyBool_FromLong(right == 1);
    }
    EVP_MD_CTX_free(context);
    PyBuffer_Release(&signature);
    PyBuffer_Release(&message);
    return result;
}

typedef int start_function(EVP_PKEY_CTX *context, const OSSL_PARAM *parameters);
typedef int crypt_function(EVP_PKEY_CTX *context, unsigned char *to, size_t *size, const unsigned char *from,
                           size_t length);

static void encryption_parameters(struct padding *padding, OSSL_PARAM *parameters)
{
    *parameters++ = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, text(padding->mode), 0);
    if (!strcmp(padding->mode, "oaep")) {
        *parameters++ = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, text(padding->digest), 0);
        *parameters++ = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, text(padding->mask), 0);
        if (padding->label.len)
            *parameters++ = OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, padding->label.buf,
                                                              (size_t)padding->label.len);
    }
    *parameters = OSSL_PARAM_construct_end();
}

/* (data, padding, digest, mask, label) */
static PyObject *transformed(PyObject *self, PyObject *arguments, start_function *start, crypt_function *function)
{
    struct padding padding = {.salt = 0};
    OSSL_PARAM parameters[5];
    Py_buffer from;
    PyObject *to = NULL;
    EVP_PKEY_CTX *context;
    size_t size;

    if (!PyArg_ParseTuple(arguments, "y*sssy*", &from, &padding.mode, &padding.digest, &padding.mask,
                          &padding.label))
        return NULL;
    encryption_parameters(&padding, parameters);
    context = EVP_PKEY_CTX_new_from_pkey(NULL, crypto_key_of(self), NULL);
    if (context && start(context, parameters) > 0 &&
        function(context, NULL, &size, from.buf, (size_t)from.len) > 0) {
        to = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        if (to && function(context, (unsigned char *)PyBytes_AS_STRING(to), &size, from.buf, (size_t)from.len) > 0)
            _PyBytes_Resize(&to, (Py_ssize_t)size);
        else
            Py_CLEAR(to);
    }
    if (!to && !PyErr_Occurred())
        crypto_failed("RSA");
    EVP_PKEY_CTX_free(context);
    PyBuffer_Release(&from);
    PyBuffer_Release(&padding.label);
    return to;
}

PyObject *crypto_key_encrypt(PyObject *self, PyObject *arguments)
{
    return transformed(self, arguments, EVP_PKEY_encrypt_init_ex, EVP_PKEY_encrypt);
}

PyObject *crypto_key_decrypt(PyObject *self, PyObject *arguments)
{
    return transformed(self, arguments, EVP_PKEY_decrypt_init_ex, EVP_PKEY_decrypt);
}

/* The peer's public octets as a key of our own kind and group; libcrypto checks that they are one. */
static EVP_PKEY *peer_of(EVP_PKEY *own, const Py_buffer *octets)
{
    EVP_PKEY *peer;

    if (EVP_PKEY_is_a(own, "X25519"))
        return EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, octets->buf, (size_t)octets->len);
    peer = EVP_PKEY_new();
    if (peer && EVP_PKEY_copy_parameters(peer, own) > 0 &&
        EVP_PKEY_set1_encoded_public_key(peer, octets->buf, (size_t)octets->len) > 0)
        return peer;
    EVP_PKEY_free(peer);
    return NULL;
}

/* The secret, with the zeros that it begins with. */
PyObject *crypto_key_exchange(PyObject *self, PyObject *public)
{
    EVP_PKEY *own = crypto_key_of(self), *peer = NULL;
    EVP_PKEY_CTX *context = NULL;
    OSSL_PARAM pad[2] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    unsigned int yes = 1;
    Py_buffer octets;
    PyObject *secret = NULL;
    size_t size;

    if (PyObject_GetBuffer(public, &octets, PyBUF_SIMPLE) < 0)
        return NULL;
    if (EVP_PKEY_is_a(own, "DH"))
        pad[0] = OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &yes);
    peer = peer_of(own, &octets);
    context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    if (peer && context && EVP_PKEY_derive_init_ex(context, pad) > 0 &&
        EVP_PKEY_derive_set_peer(context, peer) > 0 && EVP_PKEY_derive(context, NULL, &size) > 0) {
        secret = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        if (secret && EVP_PKEY_derive(context, (unsigned char *)PyBytes_AS_STRING(secret), &size) > 0)
            _PyBytes_Resize(&secret, (Py_ssize_t)size);
        else
            Py_CLEAR(secret);
    }
    if (!secret && !PyErr_Occurred())
        crypto_failed("exchange");
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    PyBuffer_Release(&octets);
    return secret;
}
