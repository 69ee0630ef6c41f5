/* SPDX-License-Identifier: ISC */
/*
 * What is alive when an image has been initialised lives as long as the image. Making it immortal (PEP 683) says so
 * to the interpreter: references to it are no longer counted, so that a thousand instances of the image share the
 * pages on which it lies, and a call costs a few writes less.
 *
 * CPython has no list of all objects. The collector knows the containers; from them every other is reached by the
 * same functions that the collector uses, and by looking into what it need not look into: code, names, keys.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_global_objects.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_object.h>
#include <internal/pycore_pystate.h>

#include "initialise.h"
#include "stage.h"

/* By image.lds. Behind it is the heap. */
extern char __image_end[];

/* Objects whose referents are still to be looked at. */
static struct {
    PyObject **objects;
    size_t count, room;
} pile;

/* What has a hash for ever is found by it for ever. */
static void place_hash(PyObject *object)
{
    Py_hash_t hash = -1;

    if (PyUnicode_Check(object) && (hash = ((PyASCIIObject *)object)->hash) != -1)
        hash_secret_place(PyUnicode_DATA(object),
                          PyUnicode_GET_LENGTH(object) * PyUnicode_KIND(object), hash);
    if (PyBytes_CheckExact(object)) {
        _Py_COMP_DIAG_PUSH
        _Py_COMP_DIAG_IGNORE_DEPR_DECLS
        hash = ((PyBytesObject *)object)->ob_shash;
        _Py_COMP_DIAG_POP
        if (hash != -1)
            hash_secret_place(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), hash);
    }
}

static void add(PyObject *object)
{
    if (!object || _Py_IsImmortal(object))
        return;
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    place_hash(object);
    if (pile.count == pile.room) {
        PyObject **old = pile.objects;

        pile.room = pile.room ? 2 * pile.room : 65536;
        pile.objects = stage_scratch(pile.room * sizeof *pile.objects);
        if (old)
            memcpy(pile.objects, old, pile.count * sizeof *old);
    }
    pile.objects[pile.count++] = object;
}

static int visit(PyObject *object, void *nothing)
{
    (void)nothing;
    add(object);
    return 0;
}

static void look_into_dict(PyObject *object)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;

    fit_dict((PyDictObject *)object);
    while (PyDict_Next(object, &position, &key, &value)) {
        add(key);
        add(value);
    }
}

static void look_into_code(const PyCodeObject *code)
{
    add(code->co_consts);
    add(code->co_names);
    add(code->co_exceptiontable);
    add(code->co_localsplusnames);
    add(code->co_localspluskinds);
    add(code->co_filename);
    add(code->co_name);
    add(code->co_qualname);
    add(code->co_linetable);
}

/* The keys that instances share are counted, too. */
static void look_into_class(const PyTypeObject *type)
{
    const PyHeapTypeObject *class = (const PyHeapTypeObject *)type;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return;
    add(class->ht_name);
    add(class->ht_qualname);
    add(class->ht_slots);
    fit_class((PyHeapTypeObject *)type);
    if (class->ht_cached_keys)
        class->ht_cached_keys->dk_refcnt = _Py_IMMORTAL_REFCNT;
}

static void look_into(PyObject *object)
{
    traverseproc traverse = Py_TYPE(object)->tp_traverse;

    add((PyObject *)Py_TYPE(object));
    if (traverse)
        traverse(object, visit, NULL);
    if (PyDict_Check(object))
        look_into_dict(object);
    else if (PyCode_Check(object))
        look_into_code((const PyCodeObject *)object);
    else if (PyType_Check(object))
        look_into_class((const PyTypeObject *)object);
    else if (traverse && (Py_IS_TYPE(object, &PyMethodDescr_Type) || Py_IS_TYPE(object, &PyGetSetDescr_Type) ||
                          Py_IS_TYPE(object, &PyMemberDescr_Type) || Py_IS_TYPE(object, &PyWrapperDescr_Type) ||
                          Py_IS_TYPE(object, &PyClassMethodDescr_Type))) {
        add(((PyDescrObject *)object)->d_name);
        add(((PyDescrObject *)object)->d_qualname);
    }
    census_count(object);
}

static void add_containers(PyGC_Head *list)
{
    for (PyGC_Head *at = _PyGCHead_NEXT(list); at != list; at = _PyGCHead_NEXT(at))
        add(_Py_FROM_GC(at));
}

/* Interned strings, also those that are immortal from birth: their hashes are to be placed. */
static void add_interned(PyInterpreterState *interpreter)
{
    PyObject *interned = _Py_INTERP_CACHED_OBJECT(interpreter, interned_strings);
    PyObject *key, *value;
    Py_ssize_t position = 0;

    while (interned && PyDict_Next(interned, &position, &key, &value)) {
        if (_Py_IsImmortal(key)) {
            place_hash(key);
            if ((char *)key > __image_end)
                census_count(key);
        }
        add(key);
    }
}

void immortal_make_all(void)
{
    PyInterpreterState *interpreter = _PyInterpreterState_GET();
    struct _gc_runtime_state *collector = &interpreter->gc;

    for (int i = 0; i < NUM_GENERATIONS; i++)
        add_containers(&collector->generations[i].head);
    add_containers(&collector->permanent_generation.head);
    add_interned(interpreter);
    while (pile.count)
        look_into(pile.objects[--pile.count]);
    pile.objects = NULL;
    pile.room = 0;
}
