/* SPDX-License-Identifier: ISC */
/*
 * The module pymirage.security.tls._present: gives an ssl.SSLContext its certificate and key from memory. CPython's
 * own load_cert_chain() takes names of files, and an image has none.
 */
#include <Python.h>

#include <limits.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* How CPython's PySSLContext begins (Modules/_ssl.c). */
struct context {
    PyObject_HEAD
    SSL_CTX *context;
};

static PyObject *failed(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    PyErr_SetString(PyExc_ValueError, reason ? reason : "not a certificate with its key");
    ERR_clear_error();
    return NULL;
}

static X509 *certificate_of(PyObject *der)
{
    const unsigned char *from = (const unsigned char *)PyBytes_AS_STRING(der);

    return PyBytes_GET_SIZE(der) > INT_MAX ? NULL : d2i_X509(NULL, &from, (long)PyBytes_GET_SIZE(der));
}

static int use_chain(SSL_CTX *context, PyObject *chain)
{
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(chain); at++) {
        PyObject *der = PyTuple_GET_ITEM(chain, at);
        X509 *certificate = PyBytes_Check(der) ? certificate_of(der) : NULL;
        int done = certificate && (at ? SSL_CTX_add1_chain_cert(context, certificate)
                                      : SSL_CTX_use_certificate(context, certificate) &&
                                            SSL_CTX_clear_chain_certs(context));

        X509_free(certificate);
        if (!done)
            return 0;
    }
    return 1;
}

/* PKCS #8. OpenSSL checks that it is the certificate's. */
static int use_key(SSL_CTX *context, const Py_buffer *der)
{
    const unsigned char *from = der->buf;
    PKCS8_PRIV_KEY_INFO *information = der->len > INT_MAX ? NULL : d2i_PKCS8_PRIV_KEY_INFO(NULL, &from, (long)der->len);
    EVP_PKEY *key = information ? EVP_PKCS82PKEY(information) : NULL;
    int done = key && SSL_CTX_use_PrivateKey(context, key) && SSL_CTX_check_private_key(context);

    EVP_PKEY_free(key);
    PKCS8_PRIV_KEY_INFO_free(information);
    return done;
}

/*
 * present(context, chain, key). The server then keeps no sessions: whoever wants to resume one brings it, in a ticket
 * (RFC 5077, RFC 8446 §2.2). OpenSSL would keep 20,480 of clients of TLS 1.2 that take no tickets, a kilobyte each.
 */
static PyObject *present(PyObject *module, PyObject *arguments)
{
    PyObject *context, *chain, *ssl, *type, *result = NULL;
    Py_buffer key;
    int right;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO!y*", &context, &PyTuple_Type, &chain, &key))
        return NULL;
    ssl = PyImport_ImportModule("_ssl");
    type = ssl ? PyObject_GetAttrString(ssl, "_SSLContext") : NULL;
    right = type ? PyObject_IsInstance(context, type) : -1;
    if (right == 0)
        PyErr_SetString(PyExc_TypeError, "present() takes an ssl.SSLContext");
    else if (right > 0) {
        SSL_CTX *made = ((struct context *)context)->context;

        SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
        result = use_chain(made, chain) && use_key(made, &key) ? Py_NewRef(Py_None) : failed();
    }
    Py_XDECREF(type);
    Py_XDECREF(ssl);
    PyBuffer_Release(&key);
    return result;
}

static PyMethodDef functions[] = {
    {"present", present, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pymirage.security.tls._present",
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__present(void)
{
    return PyModule_Create(&definition);
}
