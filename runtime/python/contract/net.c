/* SPDX-License-Identifier: ISC */
#include "contract.h"

/* Room for any frame: 64 KiB of payload, the header and a VLAN tag. */
static uint8_t received[65536 + SOLO5_NET_HLEN + 4];

PyObject *contract_net_acquire(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    struct solo5_net_info info;
    solo5_handle_t handle;

    (void)module;
    if (!text)
        return NULL;
    if (solo5_net_acquire(text, &handle, &info) != SOLO5_R_OK)
        return PyErr_Format(PyExc_OSError,
                            "network device '%s' is not attached (start the image with --net:%s=INTERFACE)", text,
                            text);
    if (info.mtu + SOLO5_NET_HLEN > sizeof received)
        return PyErr_Format(PyExc_OSError, "network device '%s' has an MTU of %zu, more than 65536", text, info.mtu);
    return Py_BuildValue("(Ky#n)", (unsigned long long)handle, (const char *)info.mac_address,
                         (Py_ssize_t)SOLO5_NET_ALEN, (Py_ssize_t)info.mtu);
}

/* Copied from one buffer, instead of read into a bytes of the largest size: most frames are small. */
PyObject *contract_net_read(PyObject *module, PyObject *handle)
{
    solo5_handle_t device;
    size_t size;

    (void)module;
    if (!contract_handle(handle, &device))
        return NULL;
    switch (solo5_net_read(device, received, sizeof received, &size)) {
    case SOLO5_R_OK:
        return PyBytes_FromStringAndSize((const char *)received, (Py_ssize_t)size);
    case SOLO5_R_AGAIN:
        Py_RETURN_NONE;
    default:
        return PyErr_Format(PyExc_OSError, "network device %llu cannot be read", (unsigned long long)device);
    }
}

PyObject *contract_net_write(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    solo5_handle_t device;
    solo5_result_t result;
    Py_buffer frame;

    (void)module;
    if (!contract_count(count, 2, "net_write") || !contract_handle(arguments[0], &device) ||
        PyObject_GetBuffer(arguments[1], &frame, PyBUF_SIMPLE) < 0)
        return NULL;
    result = solo5_net_write(device, frame.buf, (size_t)frame.len);
    PyBuffer_Release(&frame);
    switch (result) {
    case SOLO5_R_OK:
        Py_RETURN_TRUE;
    case SOLO5_R_AGAIN:
        Py_RETURN_FALSE;
    default:
        return PyErr_Format(PyExc_OSError, "network device %llu refuses a frame of %zd octets",
                            (unsigned long long)device, frame.len);
    }
}
