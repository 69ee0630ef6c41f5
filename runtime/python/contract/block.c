/* SPDX-License-Identifier: ISC */
#include "contract.h"

PyObject *contract_block_acquire(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    struct solo5_block_info info;
    solo5_handle_t handle;

    (void)module;
    if (!text || !contract_started("a block device"))
        return NULL;
    if (solo5_block_acquire(text, &handle, &info) != SOLO5_R_OK)
        return PyErr_Format(PyExc_OSError, "block device '%s' is not attached (start the image with --block:%s=FILE)",
                            text, text);
    return Py_BuildValue("(KKK)", (unsigned long long)handle, (unsigned long long)info.capacity,
                         (unsigned long long)info.block_size);
}

static PyObject *refused(const char *verb, solo5_result_t result, solo5_handle_t device, uint64_t offset, size_t size)
{
    const char *why = result == SOLO5_R_EINVAL ? "not whole sectors inside of the device" : "the host failed";

    return PyErr_Format(PyExc_OSError, "block device %llu cannot %s %zu octets at %llu: %s",
                        (unsigned long long)device, verb, size, (unsigned long long)offset, why);
}

PyObject *contract_block_read(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    solo5_handle_t device;
    solo5_result_t result;
    uint64_t offset;
    Py_ssize_t size;
    PyObject *content;

    (void)module;
    if (!contract_count(count, 3, "block_read") || !contract_handle(arguments[0], &device) ||
        !contract_unsigned(arguments[1], "offset", &offset))
        return NULL;
    size = PyLong_AsSsize_t(arguments[2]);
    if (size == -1 && PyErr_Occurred())
        return NULL;
    if (size < 0)
        return PyErr_Format(PyExc_ValueError, "size must not be negative");
    content = PyBytes_FromStringAndSize(NULL, size);
    if (!content)
        return NULL;
    result = solo5_block_read(device, offset, (uint8_t *)PyBytes_AS_STRING(content), (size_t)size);
    if (result == SOLO5_R_OK)
        return content;
    Py_DECREF(content);
    return refused("read", result, device, offset, (size_t)size);
}

PyObject *contract_block_write(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    solo5_handle_t device;
    solo5_result_t result;
    uint64_t offset;
    Py_buffer data;

    (void)module;
    if (!contract_count(count, 3, "block_write") || !contract_handle(arguments[0], &device) ||
        !contract_unsigned(arguments[1], "offset", &offset) ||
        PyObject_GetBuffer(arguments[2], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    result = solo5_block_write(device, offset, data.buf, (size_t)data.len);
    PyBuffer_Release(&data);
    if (result != SOLO5_R_OK)
        return refused("write", result, device, offset, (size_t)data.len);
    Py_RETURN_NONE;
}

PyObject *contract_block_flush(PyObject *module, PyObject *handle)
{
    solo5_handle_t device;

    (void)module;
    if (!contract_handle(handle, &device))
        return NULL;
    if (solo5_block_flush(device) != SOLO5_R_OK)
        return PyErr_Format(PyExc_OSError, "block device %llu cannot be flushed: the host failed",
                            (unsigned long long)device);
    Py_RETURN_NONE;
}

PyObject *contract_block_discard(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    solo5_handle_t device;
    solo5_result_t result;
    uint64_t offset, size;

    (void)module;
    if (!contract_count(count, 3, "block_discard") || !contract_handle(arguments[0], &device) ||
        !contract_unsigned(arguments[1], "offset", &offset) || !contract_unsigned(arguments[2], "size", &size))
        return NULL;
    result = solo5_block_discard(device, offset, size);
    if (result != SOLO5_R_OK)
        return refused("discard", result, device, offset, (size_t)size);
    Py_RETURN_NONE;
}
