/* SPDX-License-Identifier: ISC */
/* Where keys come from: DER, random numbers, the numbers of a Diffie-Hellman group. */
#include "crypto.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

/* All of `der` must be the key. */
static PyObject *decoded(PyObject *der, EVP_PKEY *(*decode)(const unsigned char **from, long size))
{
    Py_buffer buffer;
    EVP_PKEY *key = NULL;

    if (PyObject_GetBuffer(der, &buffer, PyBUF_SIMPLE) < 0)
        return NULL;
    if (crypto_short_enough(buffer.len)) {
        const unsigned char *from = buffer.buf;

        key = decode(&from, (long)buffer.len);
        if (key && from != (const unsigned char *)buffer.buf + buffer.len) {
            EVP_PKEY_free(key);
            key = NULL;
        }
        if (!key)
            crypto_failed("not a key");
    }
    PyBuffer_Release(&buffer);
    return crypto_key(key);
}

/* PKCS #8 alone: what else OpenSSL would guess, a caller has to unpack. A number beyond its curve's order is no key. */
static EVP_PKEY *decode_private(const unsigned char **from, long size)
{
    PKCS8_PRIV_KEY_INFO *information = d2i_PKCS8_PRIV_KEY_INFO(NULL, from, size);
    EVP_PKEY *key = information ? EVP_PKCS82PKEY(information) : NULL;

    PKCS8_PRIV_KEY_INFO_free(information);
    if (key && EVP_PKEY_is_a(key, "EC")) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

        if (!context || EVP_PKEY_private_check(context) != 1) {
            EVP_PKEY_free(key);
            key = NULL;
        }
        EVP_PKEY_CTX_free(context);
    }
    return key;
}

static EVP_PKEY *decode_public(const unsigned char **from, long size)
{
    return d2i_PUBKEY(NULL, from, size);
}

PyObject *crypto_private_key(PyObject *module, PyObject *der)
{
    (void)module;
    return decoded(der, decode_private);
}

PyObject *crypto_public_key(PyObject *module, PyObject *der)
{
    (void)module;
    return decoded(der, decode_public);
}

/* generate("RSA", bits, ""), generate("EC", 0, curve), generate("ED25519", 0, ""), generate("X25519", 0, "") */
PyObject *crypto_generate(PyObject *module, PyObject *arguments)
{
    const char *kind, *curve;
    Py_ssize_t bits;
    EVP_PKEY *key = NULL;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "sns", &kind, &bits, &curve))
        return NULL;
    if (!strcmp(kind, "RSA")) {
        if (bits < 1024 || bits > 16384)
            return PyErr_Format(PyExc_ValueError, "no RSA keys of %zd bits", bits);
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind, (size_t)bits);
    } else if (!strcmp(kind, "EC")) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind, curve);
    } else if (!strcmp(kind, "ED25519") || !strcmp(kind, "X25519")) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    } else {
        return PyErr_Format(PyExc_ValueError, "no keys of kind %s", kind);
    }
    return key ? crypto_key(key) : crypto_failed("generate");
}

/* Big-endian numbers to a key; without `private` to the group's parameters. */
static EVP_PKEY *from_numbers(const Py_buffer *prime, const Py_buffer *generator, const Py_buffer *private,
                              const Py_buffer *public)
{
    BIGNUM *p = BN_bin2bn(prime->buf, (int)prime->len, NULL);
    BIGNUM *g = BN_bin2bn(generator->buf, (int)generator->len, NULL);
    BIGNUM *x = private->len ? BN_secure_new() : NULL;
    BIGNUM *y = private->len ? BN_bin2bn(public->buf, (int)public->len, NULL) : NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    EVP_PKEY *key = NULL;
    bool whole = p && g && build && context && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, p) &&
                 OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, g);

    if (private->len)
        whole = whole && x && y && BN_bin2bn(private->buf, (int)private->len, x) &&
                OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, x) &&
                OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PUB_KEY, y);
    if (whole && (parameters = OSSL_PARAM_BLD_to_param(build)) && EVP_PKEY_fromdata_init(context) > 0)
        EVP_PKEY_fromdata(context, &key, private->len ? EVP_PKEY_KEYPAIR : EVP_PKEY_KEY_PARAMETERS, parameters);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(p);
    BN_free(g);
    BN_clear_free(x);
    BN_free(y);
    return key;
}

/* A new key of the group that `parameters` is, which is given up. */
static EVP_PKEY *of_group(EVP_PKEY *parameters)
{
    EVP_PKEY_CTX *context = parameters ? EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL) : NULL;
    EVP_PKEY *key = NULL;

    if (context && EVP_PKEY_keygen_init(context) > 0)
        EVP_PKEY_keygen(context, &key);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(parameters);
    return key;
}

/* dh(prime, generator, private, public): octets; a new key when the last two are empty. */
PyObject *crypto_dh(PyObject *module, PyObject *arguments)
{
    Py_buffer prime, generator, private, public;
    EVP_PKEY *key = NULL;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*y*y*", &prime, &generator, &private, &public))
        return NULL;
    if (prime.len > 1024 || generator.len > prime.len || private.len > prime.len || public.len > prime.len) {
        PyErr_SetString(PyExc_ValueError, "numbers of more than 8192 bits, or longer than the prime");
    } else {
        key = from_numbers(&prime, &generator, &private, &public);
        if (!private.len)
            key = of_group(key);
        if (!key)
            crypto_failed("dh");
    }
    PyBuffer_Release(&prime);
    PyBuffer_Release(&generator);
    PyBuffer_Release(&private);
    PyBuffer_Release(&public);
    return crypto_key(key);
}
