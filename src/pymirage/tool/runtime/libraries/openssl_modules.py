"""CPython's `_ssl` and `_hashlib` over OpenSSL."""

from __future__ import annotations

from pathlib import Path

from pymirage.tool.runtime.cpython import apply
from pymirage.tool.runtime.cpython_edits import Edit
from pymirage.tool.runtime.libraries.library import Library, Work
from pymirage.tool.runtime.libraries.openssl import OPENSSL
from pymirage.tool.runtime.progress import Step

FLAGS = (
    # CPython insists on an OpenSSL with locks; an image has one thread, and ours has none.
    "-DOPENSSL_THREADS",
    # What of it is deprecated, ours does not have: a protocol of one version.
    "-DOPENSSL_NO_TLS1_2_METHOD",
)

EDITS = (
    # The same. It has always answered NULL since OpenSSL 3.
    Edit("_hashopenssl.c", "func = ERR_func_error_string(errcode);", "func = NULL;"),
    # Names of 1,700 errors, made at import, are 290 KiB in an image: each is made when it is needed. Of equal
    # codes the last one counts, as before.
    Edit(
        "_ssl.c",
        """    errcode = error_codes;
    while (errcode->mnemonic != NULL) {
        PyObject *mnemo = PyUnicode_FromString(errcode->mnemonic);
        if (mnemo == NULL) {
            return -1;
        }
        PyObject *key = Py_BuildValue("ii", errcode->library, errcode->reason);
        if (key == NULL) {
            Py_DECREF(mnemo);
            return -1;
        }
        int rc = PyDict_SetItem(state->err_codes_to_names, key, mnemo);
        Py_DECREF(key);
        Py_DECREF(mnemo);
        if (rc < 0) {
            return -1;
        }
        errcode++;
    }
""",
        "",
    ),
    Edit("_ssl.c", "    struct py_ssl_error_code *errcode;\n    struct", "    struct"),
    Edit(
        "_ssl.c",
        "        reason_obj = PyDict_GetItemWithError(state->err_codes_to_names, key);",
        "        reason_obj = pymirage_reason(state, key, lib, reason);",
    ),
    Edit(
        "_ssl.c",
        """static void
fill_and_set_sslerror(_sslmodulestate *state,
                      PySSLSocket *sslsock, PyObject *type, int ssl_errno,
                      const char *errstr, int lineno, unsigned long errcode)
{""",
        """/* Borrowed from state->err_codes_to_names; NULL without an exception for what has no name. */
static PyObject *
pymirage_reason(_sslmodulestate *state, PyObject *key, int lib, int reason)
{
    PyObject *names = state->err_codes_to_names;
    PyObject *name = PyDict_GetItemWithError(names, key);

    if (name || PyErr_Occurred())
        return name;
    for (size_t i = Py_ARRAY_LENGTH(error_codes) - 1; i-- > 0;) {
        if (error_codes[i].library != lib || error_codes[i].reason != reason)
            continue;
        name = PyUnicode_FromString(error_codes[i].mnemonic);
        if (!name)
            return NULL;
        int failed = PyDict_SetItem(names, key, name);
        Py_DECREF(name);
        return failed ? NULL : name;
    }
    return NULL;
}

static void
fill_and_set_sslerror(_sslmodulestate *state,
                      PySSLSocket *sslsock, PyObject *type, int ssl_errno,
                      const char *errstr, int lineno, unsigned long errcode)
{""",
    ),
)


def make(work: Work) -> None:
    work.meter.begin("compile _ssl")
    for edit in EDITS:
        apply(edit, work.cpython)
    # Its own directory comes first in an include of CPython's: there is no socketmodule.h in it.
    headers = ("-I", str(work.sources / "python" / "ssl"))
    objects = []
    for name in ("_ssl", "_hashopenssl"):
        target = work.cpython / f"{name}.o"
        command: tuple[str | Path, ...] = (
            *work.core,
            *FLAGS,
            *headers,
            *work.includes,
            "-c",
            f"{name}.c",
            "-o",
            target,
        )
        work.run.run(command, work.cpython)
        objects.append(target)
    work.archive("libpython-ssl.a", objects)


OPENSSL_MODULES = Library(
    name="openssl-modules",
    modules={"_ssl": "PyInit__ssl", "_hashlib": "PyInit__hashlib"},
    below=(OPENSSL,),
    steps=(Step("compile _ssl", 5),),
    make=make,
    cpython=("Modules/_ssl", "Modules/clinic/_ssl", "Modules/_hashopenssl", "Modules/clinic/_hashopenssl",
             "Modules/hashlib.h"),
    parts=("python/ssl",),
    recipe=Path(__file__),
)  # fmt: skip
