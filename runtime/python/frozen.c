/* SPDX-License-Identifier: ISC */
/*
 * Bytecode of modules that were not imported when the image was built. Most of it nobody will ever want, so it is
 * compressed, and decompressed by those who import it. The image build puts the addresses into the tables of frozen
 * modules (tool/image/bytecode.py), and redirects what reads bytecode (--wrap).
 */
#include <Python.h>

#include "initialise.h"
#include "lz4.h"
#include "stage.h"

/* Its first octet is not zero: CPython takes bytecode that begins so for none. */
struct compressed {
    uint32_t twice_size_plus_1; /* of the bytecode */
    uint8_t block[];
} __attribute__((packed)); /* they lie side by side */

static struct {
    const char *start, *end;
} all;

/* --- In the image ------------------------------------------------------------------------------- */

PyObject *__real_PyMarshal_ReadObjectFromString(const char *octets, Py_ssize_t size);
PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *octets, Py_ssize_t size);

static PyObject *read_compressed(const struct compressed *module, size_t size)
{
    const size_t length = module->twice_size_plus_1 / 2;
    uint8_t *octets = malloc(length);
    PyObject *code = NULL;

    if (!octets)
        return PyErr_NoMemory();
    if (lz4_decompress(module->block, size - sizeof *module, octets, length))
        code = __real_PyMarshal_ReadObjectFromString((char *)octets, (Py_ssize_t)length);
    else
        PyErr_SetString(PyExc_ValueError, "damaged bytecode");
    free(octets);
    return code;
}

PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *octets, Py_ssize_t size)
{
    if (octets >= all.start && octets < all.end)
        return read_compressed((const struct compressed *)octets, (size_t)size);
    return __real_PyMarshal_ReadObjectFromString(octets, size);
}

/* --- While the image is built --------------------------------------------------------------------- */

static bool is_to_compress(const struct _frozen *module)
{
    return module->code && !PyMapping_HasKeyString(PyImport_GetModuleDict(), module->name);
}

static size_t compress(const struct _frozen *module, void *work, struct compressed *to)
{
    const size_t length = (size_t)module->size;

    to->twice_size_plus_1 = (uint32_t)(2 * length + 1);
    return sizeof *to + lz4_compress(work, module->code, length, to->block);
}

void frozen_compress(void)
{
    const struct _frozen *modules = PyImport_FrozenModules;
    size_t count, room = 0, end = 0, *ends;
    char *octets;
    void *work;

    for (count = 0; modules[count].name; count++)
        room += sizeof(struct compressed) + lz4_bound((size_t)modules[count].size);
    octets = stage_scratch(room);
    work = stage_scratch(lz4_work(room));
    ends = stage_scratch(count * sizeof *ends);
    for (size_t i = 0; i < count; i++) {
        if (is_to_compress(&modules[i]))
            end += compress(&modules[i], work, (struct compressed *)(octets + end));
        ends[i] = end;
    }
    all.start = kept(octets, end);
    all.end = all.start + end;
    for (size_t i = 0; i < count; i++) {
        size_t start = i ? ends[i - 1] : 0;

        if (ends[i] > start)
            census_add("bytecode", modules[i].name, (uintptr_t)(all.start + start), ends[i] - start);
    }
}
