/* SPDX-License-Identifier: ISC */
/*
 * The module pymirage.security.crypto._libcrypto: as much of libcrypto as pymirage's provider needs
 * (src/pymirage/security/crypto/libcrypto/). Python chooses names, checks lengths and says what is wrong in words;
 * here every length is checked again before it reaches C, and what libcrypto refuses is a LibcryptoError.
 *
 * One file for each kind of object: aead.c, cipher.c, key.c with key_make.c and key_use.c.
 */
#ifndef PYMIRAGE_PYTHON_CRYPTO_H
#define PYMIRAGE_PYTHON_CRYPTO_H

#include <Python.h>
#include <stdbool.h>

#include <openssl/evp.h>

/* error.c */
extern PyObject *crypto_error;

/* Sets LibcryptoError with libcrypto's own reason, and empties its queue. Answers NULL. */
PyObject *crypto_failed(const char *what);

/* Whether libcrypto, which counts in int, takes so many octets; sets ValueError. */
bool crypto_short_enough(Py_ssize_t size);

/* aead.c, cipher.c, key.c: types, NULL after an exception. */
PyTypeObject *crypto_aead_type(void);
PyTypeObject *crypto_cipher_type(void);
PyTypeObject *crypto_key_type(void);

/* key.c: takes the key over, also when it fails; NULL (an exception is set) for no key. */
PyObject *crypto_key(EVP_PKEY *key);
EVP_PKEY *crypto_key_of(PyObject *object);

/* key_make.c: functions of the module. */
PyObject *crypto_private_key(PyObject *module, PyObject *der);
PyObject *crypto_public_key(PyObject *module, PyObject *der);
PyObject *crypto_generate(PyObject *module, PyObject *arguments);
PyObject *crypto_dh(PyObject *module, PyObject *arguments);

/* key_use.c: methods of a key. */
PyObject *crypto_key_sign(PyObject *self, PyObject *arguments);
PyObject *crypto_key_verify(PyObject *self, PyObject *arguments);
PyObject *crypto_key_encrypt(PyObject *self, PyObject *arguments);
PyObject *crypto_key_decrypt(PyObject *self, PyObject *arguments);
PyObject *crypto_key_exchange(PyObject *self, PyObject *peer);

#endif
