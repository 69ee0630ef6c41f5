/* SPDX-License-Identifier: ISC */
/*
 * An image without `eval`: the parser and the compiler are linked, because modules use them while they are imported
 * (collections.namedtuple, dataclasses), but an image that is initialised when it is built can leave their pages out.
 * These are their entrances, which the image link redirects to here (--wrap); none of them is called any more then.
 */
#include <Python.h>
#include <stdbool.h>

#include "stage.h"

static bool absent(void)
{
    if (!stage_without_eval())
        return false;
    PyErr_SetString(PyExc_RuntimeError, "this image has no compiler: it was built with --without-eval");
    return true;
}

/* The arguments are passed on as they are; none of these functions has more than six words of them. */
#define ENTRANCE(name)                                                                                             \
    void *__real_##name(void *a, void *b, void *c, void *d, void *e, void *f);                                     \
    void *__wrap_##name(void *a, void *b, void *c, void *d, void *e, void *f);                                     \
    void *__wrap_##name(void *a, void *b, void *c, void *d, void *e, void *f)                                      \
    {                                                                                                              \
        return absent() ? NULL : __real_##name(a, b, c, d, e, f);                                                  \
    }

ENTRANCE(_PyParser_ASTFromString)
ENTRANCE(_PyAST_Compile)
ENTRANCE(_PyCompile_AstOptimize)
ENTRANCE(_Py_SymtableStringObjectFlags)
ENTRANCE(PyAST_mod2obj)
ENTRANCE(PyAST_obj2mod)
ENTRANCE(_PyTokenizer_FromReadline)
ENTRANCE(PyInit__ast)

int __real_PyAST_Check(PyObject *object);
int __wrap_PyAST_Check(PyObject *object);

/* Whether compile() was given a tree: it never is where there are none. */
int __wrap_PyAST_Check(PyObject *object)
{
    return stage_without_eval() ? 0 : __real_PyAST_Check(object);
}
