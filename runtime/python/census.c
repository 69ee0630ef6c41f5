/* SPDX-License-Identifier: ISC */
/*
 * What the heap of an initialised image consists of: code by its file, everything else by its type. The report of the
 * image's size is made of it, so it is approximate where being exact would cost much: what objects share counts once,
 * where it is first met.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_sysmodule.h>

#include "initialise.h"
#include "packing.h"
#include "stage.h"

enum { ROOM = 8192, LINE = 256, MODULES = 4096 };

static struct kind {
    const void *key; /* a type, the name of a file, or (name) */
    const char *sort, *name; /* UTF-8 */
    size_t count, size;
} *kinds;

static struct kind *kind_of(const void *key)
{
    size_t at = ((uintptr_t)key >> 4) % ROOM;

    if (!kinds)
        kinds = stage_scratch(ROOM * sizeof *kinds);
    while (kinds[at].key && kinds[at].key != key)
        at = (at + 1) % ROOM;
    kinds[at].key = key;
    return &kinds[at];
}

void census_count(PyObject *object)
{
    PyCodeObject *code = PyCode_Check(object) ? (PyCodeObject *)object : NULL;
    struct kind *kind = kind_of(code ? (const void *)code->co_filename : (const void *)Py_TYPE(object));

    kind->count++;
    kind->size += _PySys_GetSizeOf(object);
    kind->sort = code ? "code" : "type";
    kind->name = code ? PyUnicode_AsUTF8(code->co_filename) : Py_TYPE(object)->tp_name;
}

void census_add(const char *sort, const char *name, size_t count, size_t size)
{
    struct kind *kind = kind_of(name);

    *kind = (struct kind){name, sort, name, kind->count + count, kind->size + size};
}

/* The modules, by which the image build knows what need not be imported again. */
static void add_modules(char **end)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;

    while (PyDict_Next(PyImport_GetModuleDict(), &position, &name, &module))
        *end += snprintf(*end, LINE, "module 1 0 %s\n", PyUnicode_AsUTF8(name));
}

/* Which of the modules that mypyc compiled have run; the image build generates this where there are some. */
void pymirage_compiled(void (*told)(void *to, const char *name), void *to) __attribute__((weak));

static void add_compiled(void *to, const char *name)
{
    char **end = to;

    *end += snprintf(*end, LINE, "compiled 1 0 %s\n", name);
}

/* How much lies where it should. */
static void add_packing(char **end)
{
    struct packing_account account = packing_conclude();

    *end += snprintf(*end, LINE, "packed 1 %zu region\npacked 1 %zu in_vain\npacked 1 %zu elsewhere\n", account.size,
                     account.in_vain, account.elsewhere);
}

const char *census_text(void)
{
    char *text = stage_scratch((ROOM + 2 * MODULES) * LINE), *end = text;

    for (size_t i = 0; kinds && i < ROOM; i++)
        if (kinds[i].key)
            end += snprintf(end, LINE, "%s %zu %zu %s\n", kinds[i].sort, kinds[i].count, kinds[i].size,
                            kinds[i].name);
    add_modules(&end);
    if (pymirage_compiled)
        pymirage_compiled(add_compiled, &end);
    add_packing(&end);
    return text;
}
