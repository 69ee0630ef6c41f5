/* SPDX-License-Identifier: ISC */
#include "crypto.h"

#include <limits.h>

#include <openssl/err.h>

PyObject *crypto_error;

PyObject *crypto_failed(const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    PyErr_Format(crypto_error, "%s: %s", what, reason ? reason : "no reason");
    ERR_clear_error();
    return NULL;
}

bool crypto_short_enough(Py_ssize_t size)
{
    /* A block more: what a cipher may write beyond what it read. */
    if (size <= INT_MAX - EVP_MAX_BLOCK_LENGTH)
        return true;
    PyErr_SetString(PyExc_ValueError, "more than 2 GiB at once");
    return false;
}
