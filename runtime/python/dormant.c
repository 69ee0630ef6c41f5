/* SPDX-License-Identifier: ISC */
/*
 * Functions that did not run while their image was built and rehearsed: five of six, in most images for ever. They are
 * saved without their code, annotations, qualified name and docstring. These lie here as `marshal` writes them,
 * compressed, and are made when somebody calls the function or asks for one of them (tool/runtime/cpython_edits.py).
 * Until then the function has a code object that is empty. CPython foresees functions that are called otherwise
 * (PyFunction_SetVectorcall): its adapted bytecode never looks into one whose version is 0, as that of these is.
 */
#define Py_BUILD_CORE
#include <Python.h>
#include <marshal.h>

#include <internal/pycore_code.h>
#include <internal/pycore_function.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_global_objects.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_opcode_metadata.h>
#include <internal/pycore_pystate.h>

#include "initialise.h"
#include "initialise_abi.h"
#include "lz4.h"
#include "stage.h"

/* Addresses of an image have 32 bits. */
struct dormant {
    uint32_t function, group, start; /* in the group's octets */
};

/* Functions that were made one after the other, compressed together (lz4.h). */
struct group {
    uint32_t start, size; /* of the block; of what it becomes */
};

/* Smaller ones compress less, of larger ones more is decompressed for a function. */
enum { GROUP = 8192 };

static struct {
    struct dormant *functions; /* by address */
    struct group *groups;      /* and one that begins where the last block ends */
    const uint8_t *blocks;
    size_t count;
} dormant;

/* A tuple is what lies in a group. */
enum { CODE, ANNOTATIONS };

static PyObject *nothing; /* the code of those that have none */
static PyObject *const no_name = &_Py_STR(empty);

int pymirage_function_wake(PyObject *function);

/* --- In the image ------------------------------------------------------------------------------- */

static const struct dormant *find(PyObject *function)
{
    size_t low = 0, high = dormant.count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (dormant.functions[middle].function < (uintptr_t)function)
            low = middle + 1;
        else
            high = middle;
    }
    return &dormant.functions[low];
}

/* The group that was asked for last: who calls a function of a module will call another. */
static struct {
    char *octets;
    uint32_t group;
} opened;

static const char *open_group(uint32_t number)
{
    const struct group *group = &dormant.groups[number];
    char *octets;

    if (opened.octets && opened.group == number)
        return opened.octets;
    octets = malloc(group->size);
    if (!octets) {
        PyErr_NoMemory();
        return NULL;
    }
    if (!lz4_decompress(dormant.blocks + group->start, group[1].start - group->start, (uint8_t *)octets, group->size)) {
        free(octets);
        PyErr_SetString(PyExc_SystemError, "the code of a function of this image is damaged");
        return NULL;
    }
    free(opened.octets);
    opened.octets = octets;
    opened.group = number;
    return octets;
}

static PyObject *read_parts(PyObject *function)
{
    const struct dormant *found = find(function);
    const char *octets = open_group(found->group);

    if (!octets)
        return NULL;
    return PyMarshal_ReadObjectFromString(octets + found->start, dormant.groups[found->group].size - found->start);
}

/* The docstring of who has this code; NULL if there is none (PyFunction_New). */
static PyObject *docstring(PyObject *code)
{
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    PyObject *first = PyTuple_GET_SIZE(constants) ? PyTuple_GET_ITEM(constants, 0) : NULL;

    return first && PyUnicode_Check(first) ? first : NULL;
}

/* Makes what the function is without, if anything; -1 with an exception when that cannot be. */
int pymirage_function_wake(PyObject *object)
{
    PyFunctionObject *function = (PyFunctionObject *)object;
    PyObject *parts, *code;

    if (!nothing || function->func_code != nothing)
        return 0;
    parts = read_parts(object);
    if (!parts)
        return -1;
    code = PyTuple_GET_ITEM(parts, CODE);
    Py_SETREF(function->func_code, Py_NewRef(code));
    if (PyTuple_GET_SIZE(parts) > ANNOTATIONS)
        function->func_annotations = Py_NewRef(PyTuple_GET_ITEM(parts, ANNOTATIONS));
    if (function->func_qualname == no_name)
        function->func_qualname = Py_NewRef(((PyCodeObject *)code)->co_qualname);
    if (!function->func_doc)
        function->func_doc = Py_XNewRef(docstring(code));
    function->vectorcall = _PyFunction_Vectorcall;
    _PyFunction_SetVersion(function, ((PyCodeObject *)code)->co_version);
    Py_DECREF(parts);
    return 0;
}

static PyObject *call(PyObject *function, PyObject *const *arguments, size_t count, PyObject *names)
{
    if (pymirage_function_wake(function) < 0)
        return NULL;
    return _PyFunction_Vectorcall(function, arguments, count, names);
}

/* --- While the image is built --------------------------------------------------------------------- */

static struct {
    PyObject **items;
    size_t count, room;
} functions;

/* Doubles scratch memory, of which nothing is given back. */
static void *grown(void *old, size_t size, size_t *room, size_t first)
{
    size_t more = *room ? 2 * *room : first;
    void *new = stage_scratch(more);

    if (old)
        memcpy(new, old, size);
    *room = more;
    return new;
}

static void list_functions(PyGC_Head *list)
{
    for (PyGC_Head *at = _PyGCHead_NEXT(list); at != list; at = _PyGCHead_NEXT(at)) {
        PyObject *object = _Py_FROM_GC(at);

        if (!PyFunction_Check(object))
            continue;
        if ((functions.count + 1) * sizeof object > functions.room)
            functions.items = grown(functions.items, functions.count * sizeof object, &functions.room, 65536);
        functions.items[functions.count++] = object;
    }
}

static void list_all_functions(void)
{
    struct _gc_runtime_state *collector = &_PyInterpreterState_GET()->gc;

    functions.count = 0;
    for (int i = 0; i < NUM_GENERATIONS; i++)
        list_functions(&collector->generations[i].head);
    list_functions(&collector->permanent_generation.head);
}

/* The interpreter adapts this instruction of a function when it runs for the first time. */
static _Py_CODEUNIT *beginning(PyCodeObject *code)
{
    return _PyCode_CODE(code) + code->_co_firsttraceable;
}

void dormant_rehearse(void)
{
    list_all_functions();
    for (size_t i = 0; i < functions.count; i++) {
        _Py_CODEUNIT *first = beginning((PyCodeObject *)PyFunction_GET_CODE(functions.items[i]));

        if (first->op.code == RESUME_CHECK)
            first->op.code = RESUME;
    }
}

/* --- What a rehearsed start ran ------------------------------------------------------------------- */

/* FNV-1a (draft-eastlake-fnv), of text as it lies in memory. */
static uint64_t hashed(uint64_t hash, PyObject *text)
{
    const uint8_t *octets = PyUnicode_DATA(text);
    size_t size = (size_t)PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text);

    while (size--)
        hash = (hash ^ *octets++) * 0x100000001b3;
    return hash;
}

/* Both times alike, unlike an address. Two functions with one number are awake or asleep together. */
static uint64_t number_of(PyCodeObject *code)
{
    return hashed(hashed(0xcbf29ce484222325, code->co_filename), code->co_qualname) + (uint64_t)code->co_firstlineno;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* From the second time on. */
static bool is_for_start(PyCodeObject *code)
{
    const struct initialise_plan *plan = stage_plan();
    uint64_t number = number_of(code);

    return bsearch(&number, plan->awake, plan->awake_count, sizeof number, by_number);
}

/* The first time. */
void dormant_woken(struct initialise_plan *plan)
{
    for (size_t i = 0; i < dormant.count && plan->awake_count < INITIALISE_AWAKE; i++) {
        const PyFunctionObject *function = (const PyFunctionObject *)(uintptr_t)dormant.functions[i].function;

        if (function->func_code != nothing)
            plan->awake[plan->awake_count++] = number_of((PyCodeObject *)function->func_code);
    }
    qsort(plan->awake, plan->awake_count, sizeof *plan->awake, by_number);
}

/* Nobody else has that code, and nobody could tell it from a copy. */
static bool can_sleep(PyFunctionObject *function)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;

    return function->vectorcall == _PyFunction_Vectorcall && beginning(code)->op.code == RESUME &&
           Py_REFCNT(code) == 1 && !code->co_weakreflist && !code->co_extra && function->func_version &&
           function->func_version == code->co_version && function->func_qualname != no_name && function->func_doc &&
           !is_for_start(code);
}

/* Places, until all are known, in what all groups' octets are one after the other. */
static struct {
    struct dormant *functions;
    char *octets;
    size_t count, size, functions_room, room;
} made;

static void keep(PyObject *function, PyObject *octets)
{
    size_t size = (size_t)PyBytes_GET_SIZE(octets);

    while (made.size + size > made.room)
        made.octets = grown(made.octets, made.size, &made.room, 1 << 20);
    if ((made.count + 1) * sizeof *made.functions > made.functions_room)
        made.functions =
            grown(made.functions, made.count * sizeof *made.functions, &made.functions_room, 65536);
    memcpy(made.octets + made.size, PyBytes_AS_STRING(octets), size);
    made.functions[made.count++] = (struct dormant){(uint32_t)(uintptr_t)function, 0, (uint32_t)made.size};
    made.size += size;
}

/* As the compiler makes them: names and, from source text that says so, texts (PEP 563). */
static bool are_texts(PyObject *annotations)
{
    Py_ssize_t i = 0;

    if (!annotations || !PyTuple_CheckExact(annotations))
        return false;
    while (i < PyTuple_GET_SIZE(annotations) && PyUnicode_CheckExact(PyTuple_GET_ITEM(annotations, i)))
        i++;
    return i == PyTuple_GET_SIZE(annotations);
}

static bool put_to_sleep(PyFunctionObject *function)
{
    const bool annotated = are_texts(function->func_annotations);
    PyObject *parts = annotated ? PyTuple_Pack(2, function->func_code, function->func_annotations)
                                : PyTuple_Pack(1, function->func_code);
    PyObject *octets = parts ? PyMarshal_WriteObjectToString(parts, Py_MARSHAL_VERSION) : NULL;

    Py_XDECREF(parts);
    if (!octets) {
        PyErr_Clear(); /* a constant of a kind that no compiler makes */
        return false;
    }
    keep((PyObject *)function, octets);
    Py_DECREF(octets);
    if (annotated)
        Py_CLEAR(function->func_annotations);
    if (PyUnicode_Compare(function->func_qualname, ((PyCodeObject *)function->func_code)->co_qualname) == 0)
        Py_SETREF(function->func_qualname, no_name);
    if (function->func_doc == docstring(function->func_code))
        Py_CLEAR(function->func_doc);
    _PyFunction_SetVersion(function, 0);
    PyFunction_SetVectorcall(function, call);
    Py_SETREF(function->func_code, Py_NewRef(nothing));
    return true;
}

static int by_address(const void *left, const void *right)
{
    const struct dormant *a = left, *b = right;

    return (a->function > b->function) - (a->function < b->function);
}

/* Functions up to which a group is full, from (first) on, which become part of it. */
static size_t fill(struct group *group, uint32_t number, size_t first)
{
    const uint32_t start = made.functions[first].start;
    size_t at = first, end = start;

    while (at < made.count && end - start < GROUP) {
        made.functions[at].group = number;
        made.functions[at].start -= start;
        at++;
        end = at < made.count ? made.functions[at].start : made.size;
    }
    group->size = (uint32_t)(end - start);
    return at;
}

static void compress(void)
{
    struct group *groups = stage_scratch((made.count + 1) * sizeof *groups);
    uint8_t *blocks = stage_scratch(lz4_bound(made.size) + made.count * lz4_bound(0));
    void *work = stage_scratch(lz4_work(made.size));
    size_t place = 0, end = 0;
    uint32_t count = 0;

    for (size_t at = 0; at < made.count; count++) {
        at = fill(&groups[count], count, at);
        groups[count].start = (uint32_t)end;
        end += lz4_compress(work, (uint8_t *)made.octets + place, groups[count].size, blocks + end);
        place += groups[count].size;
    }
    groups[count].start = (uint32_t)end;
    qsort(made.functions, made.count, sizeof *made.functions, by_address);
    dormant.count = made.count;
    dormant.functions = kept(made.functions, made.count * sizeof *made.functions);
    dormant.groups = kept(groups, (count + 1) * sizeof *groups);
    dormant.blocks = kept(blocks, end);
    census_add("table", "functions that did not run", made.count,
               end + made.count * sizeof *made.functions + (count + 1) * sizeof *groups);
}

/* Code without CO_OPTIMIZED: of such no bytecode is adapted to. */
static PyObject *make_nothing(void)
{
    PyCodeObject *code = PyCode_NewEmpty("", "", 0);

    if (!code)
        Py_FatalError("out of memory");
    code->co_flags = 0;
    return (PyObject *)code;
}

void dormant_settle(void)
{
    bool some = true;

    nothing = make_nothing();
    list_all_functions();
    /* Once more as long as functions give back the code of functions that were made in them. */
    while (some) {
        some = false;
        for (size_t i = 0; i < functions.count; i++)
            if (can_sleep((PyFunctionObject *)functions.items[i]))
                some |= put_to_sleep((PyFunctionObject *)functions.items[i]);
    }
    compress();
    memset(&functions, 0, sizeof functions);
    memset(&made, 0, sizeof made);
}
