/* SPDX-License-Identifier: ISC */
/*
 * Frames. What goes beside one in an offload crosses as integers, and what comes beside many as the bits of one, so
 * that a frame costs one object and one copy.
 */
#include <string.h>

#include "contract.h"

enum { BATCH = 32, VLAN_TAG = 4 };
enum { TYPE = 12, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86dd, TCP_OFFSET = 12, TCP_MINIMUM = 20, TCP_FLAGS = 13, CWR = 0x80 };

static struct counts {
    uint64_t received_frames, received_octets, sent_frames, sent_octets, dropped_frames;
} counts[CONTRACT_HANDLES];

/* Room for any frame: the longest, and a VLAN tag. */
static uint8_t received[SOLO5_NET_LONGEST + VLAN_TAG];

PyObject *contract_net_acquire(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    struct solo5_net_info info;
    solo5_handle_t handle;

    (void)module;
    if (!text || !contract_started("a network device"))
        return NULL;
    if (solo5_net_acquire(text, &handle, &info) != SOLO5_R_OK)
        return PyErr_Format(PyExc_OSError,
                            "network device '%s' is not attached (start the image with --net:%s=INTERFACE)", text,
                            text);
    if (info.mtu + SOLO5_NET_HLEN > sizeof received)
        return PyErr_Format(PyExc_OSError, "network device '%s' has an MTU of %zu, more than 65535", text, info.mtu);
    return Py_BuildValue("(Ky#nI)", (unsigned long long)handle, (const char *)info.mac_address,
                         (Py_ssize_t)SOLO5_NET_ALEN, (Py_ssize_t)info.mtu, (unsigned)solo5_net_features(handle));
}

PyObject *contract_net_offload(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    solo5_handle_t device;
    int wanted;

    (void)module;
    if (!contract_count(count, 2, "net_offload") || !contract_handle(arguments[0], &device))
        return NULL;
    wanted = PyObject_IsTrue(arguments[1]);
    if (wanted < 0)
        return NULL;
    if (solo5_net_offload(device, wanted) != SOLO5_R_OK)
        return PyErr_Format(PyExc_OSError, "network device %llu has no offloads", (unsigned long long)device);
    Py_RETURN_NONE;
}

/* Appends the next frame; (*verified): its checksum is known to be good. SOLO5_R_EINVAL may mean an exception. */
static solo5_result_t receive(solo5_handle_t device, PyObject *frames, bool *verified)
{
    struct solo5_net_header header;
    size_t size;
    solo5_result_t result = solo5_net_receive(device, &header, received, sizeof received, &size);

    if (result != SOLO5_R_OK)
        return result;
    /* Copied from one buffer, instead of read into a bytes of the largest size: most frames are small. */
    PyObject *frame = PyBytes_FromStringAndSize((const char *)received, (Py_ssize_t)size);
    if (!frame || PyList_Append(frames, frame) < 0)
        result = SOLO5_R_EINVAL; /* an exception is set */
    Py_XDECREF(frame);
    *verified = header.flags & (SOLO5_NET_NEEDS_CHECKSUM | SOLO5_NET_CHECKSUM_VALID);
    counts[device].received_frames++;
    counts[device].received_octets += size;
    return result;
}

/* Py_BuildValue reads its format anew for every batch of frames. */
static PyObject *pair(PyObject *first, PyObject *second)
{
    PyObject *both = first && second ? PyTuple_Pack(2, first, second) : NULL;
    Py_XDECREF(first);
    Py_XDECREF(second);
    return both;
}

PyObject *contract_net_read(PyObject *module, PyObject *handle)
{
    solo5_handle_t device;
    solo5_result_t result = SOLO5_R_OK;
    unsigned long known = 0;
    PyObject *frames;

    (void)module;
    if (!contract_handle(handle, &device))
        return NULL;
    frames = PyList_New(0);
    if (!frames)
        return NULL;
    for (unsigned i = 0; i < BATCH && result == SOLO5_R_OK; i++) {
        bool verified = false;
        result = receive(device, frames, &verified);
        known |= (unsigned long)verified << i;
    }
    /* A failure after frames is told by the next call. */
    if (!PyErr_Occurred() && (result == SOLO5_R_OK || result == SOLO5_R_AGAIN || PyList_GET_SIZE(frames)))
        return pair(frames, PyLong_FromUnsignedLong(known));
    Py_DECREF(frames);
    if (PyErr_Occurred())
        return NULL;
    return PyErr_Format(PyExc_OSError, "network device %llu cannot be read", (unsigned long long)device);
}

PyObject *contract_net_counts(PyObject *module, PyObject *handle)
{
    solo5_handle_t device;

    (void)module;
    if (!contract_handle(handle, &device))
        return NULL;
    const struct counts *of = &counts[device];
    return Py_BuildValue("(KKKKK)", of->received_frames, of->received_octets, of->sent_frames, of->sent_octets,
                         of->dropped_frames);
}

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* What the device must know to cut the frame, from the frame itself; false when it is no TCP segment. */
static bool cut_into(struct solo5_net_header *header, const uint8_t *frame, size_t size)
{
    const size_t tcp = header->checksum_start;
    if (tcp < SOLO5_NET_HLEN || tcp + TCP_MINIMUM > size)
        return false;
    const uint16_t outer = u16(frame + TYPE), type = outer == TYPE_VLAN ? u16(frame + TYPE + VLAN_TAG) : outer;
    header->segmentation = type == TYPE_IPV6 ? SOLO5_NET_TCP_V6 : SOLO5_NET_TCP_V4;
    if (frame[tcp + TCP_FLAGS] & CWR)
        header->segmentation |= SOLO5_NET_ECN;
    header->header_size = (uint16_t)(tcp + (size_t)(frame[tcp + TCP_OFFSET] >> 4) * 4);
    return true;
}

/* False after setting an exception. */
static bool small(PyObject *object, const char *what, uint16_t *value)
{
    uint64_t wide;
    if (!contract_unsigned(object, what, &wide))
        return false;
    *value = (uint16_t)wide;
    if (wide <= UINT16_MAX)
        return true;
    PyErr_Format(PyExc_ValueError, "%s must be at most 65535", what);
    return false;
}

static bool offload(PyObject *const *arguments, const Py_buffer *frame, struct solo5_net_header *header)
{
    if (!small(arguments[0], "checksum_start", &header->checksum_start) ||
        !small(arguments[1], "checksum_offset", &header->checksum_offset) ||
        !small(arguments[2], "segment_size", &header->segment_size))
        return false;
    header->flags = header->checksum_start ? SOLO5_NET_NEEDS_CHECKSUM : 0;
    if (!header->segment_size || cut_into(header, frame->buf, (size_t)frame->len))
        return true;
    PyErr_SetString(PyExc_ValueError, "a frame that is to be cut must hold a TCP header at checksum_start");
    return false;
}

PyObject *contract_net_write(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    struct solo5_net_header header = {0};
    solo5_result_t result = SOLO5_R_EINVAL;
    solo5_handle_t device;
    Py_buffer frame;
    bool good;

    (void)module;
    if (!contract_count(count, count == 5 ? 5 : 2, "net_write") || !contract_handle(arguments[0], &device) ||
        PyObject_GetBuffer(arguments[1], &frame, PyBUF_SIMPLE) < 0)
        return NULL;
    good = count == 2 || offload(arguments + 2, &frame, &header);
    if (good)
        result = solo5_net_send(device, &header, frame.buf, (size_t)frame.len);
    const size_t size = (size_t)frame.len;
    PyBuffer_Release(&frame);
    if (!good)
        return NULL;
    switch (result) {
    case SOLO5_R_OK:
        counts[device].sent_frames++;
        counts[device].sent_octets += size;
        Py_RETURN_TRUE;
    case SOLO5_R_AGAIN:
        counts[device].dropped_frames++;
        Py_RETURN_FALSE;
    default:
        return PyErr_Format(PyExc_OSError, "network device %llu refuses a frame of %zu octets",
                            (unsigned long long)device, size);
    }
}
