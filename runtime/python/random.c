/* SPDX-License-Identifier: ISC */
/*
 * Generators of `random` in an image that is built before it has entropy. CPython's _randommodule.c reports here
 * (tool/runtime/cpython_edits.py). A generator that was seeded from entropy is seeded again when the image starts,
 * also the application's own; one with a seed of its own keeps it, as it would anywhere. A number that is drawn
 * from the former before would be the same at every boot, so it is refused like entropy itself.
 */
#include "initialise.h"
#include "stage.h"

static PyObject *waiting; /* a list of generators */
static bool taking;

void pymirage_random_seeded(void *generator, int from_entropy);
void pymirage_random_drawn(void *generator);

static Py_ssize_t place_of(PyObject *generator)
{
    for (Py_ssize_t i = 0; waiting && i < PyList_GET_SIZE(waiting); i++)
        if (PyList_GET_ITEM(waiting, i) == generator)
            return i;
    return -1;
}

void pymirage_random_seeded(void *generator, int from_entropy)
{
    Py_ssize_t place;

    if (!stage_is_initialise())
        return;
    taking = from_entropy;
    place = place_of(generator);
    if (!from_entropy && place >= 0)
        PyList_SetSlice(waiting, place, place + 1, NULL);
    if (!from_entropy || place >= 0)
        return;
    if (!waiting)
        waiting = PyList_New(0);
    if (!waiting || PyList_Append(waiting, generator) < 0)
        Py_FatalError("out of memory");
}

bool random_takes_seed(void)
{
    bool answer = taking;

    taking = false;
    return answer;
}

void pymirage_random_drawn(void *generator)
{
    if (stage_is_initialise() && place_of(generator) >= 0)
        stage_allows("random numbers");
}

/* Random.seed() of the C class: a subclass may have its own, which is not to be asked. */
int random_renew(void)
{
    PyObject *module = waiting ? PyImport_ImportModule("_random") : NULL;
    PyObject *class = module ? PyObject_GetAttrString(module, "Random") : NULL;
    int result = waiting && !class ? -1 : 0;

    for (Py_ssize_t i = 0; class && result == 0 && i < PyList_GET_SIZE(waiting); i++) {
        PyObject *none = PyObject_CallMethod(class, "seed", "O", PyList_GET_ITEM(waiting, i));

        result = none ? 0 : -1;
        Py_XDECREF(none);
    }
    Py_XDECREF(class);
    Py_XDECREF(module);
    Py_CLEAR(waiting);
    return result;
}
