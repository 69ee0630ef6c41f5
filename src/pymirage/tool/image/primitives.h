/* The primitives of primitives.py: what octets.py says, in C that the compiler inlines into hot code.
 *
 * Every access is checked against the size of its object; one outside raises IndexError as Python would. The checks
 * cost less than a nanosecond, and hot code stays memory-safe whatever arithmetic it does on offsets.
 */
#ifndef PYMIRAGE_PRIMITIVES_H
#define PYMIRAGE_PRIMITIVES_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "written for little-endian machines"
#endif

/* mypyc's marks of an exception: CPY_LL_INT_ERROR and CPY_NONE_ERROR. */
#define PYMIRAGE_INT_ERROR (-113)
#define PYMIRAGE_NONE_ERROR 2
#define PYMIRAGE_NONE 1

static __attribute__((noinline, cold, unused)) void pymirage_out_of_range(void)
{
    PyErr_SetString(PyExc_IndexError, "offset outside of the octets");
}

static inline int pymirage_outside(int64_t at, int64_t count, Py_ssize_t size)
{
    return __builtin_expect(at < 0 || at > (int64_t)size - count, 0);
}

#define PYMIRAGE_READER(name, type, convert)                                         \
    static inline int64_t name(PyObject *data, int64_t at)                           \
    {                                                                                \
        type value;                                                                  \
        if (pymirage_outside(at, sizeof value, PyBytes_GET_SIZE(data))) {            \
            pymirage_out_of_range();                                                 \
            return PYMIRAGE_INT_ERROR;                                               \
        }                                                                            \
        memcpy(&value, PyBytes_AS_STRING(data) + at, sizeof value);                  \
        return convert(value);                                                       \
    }

#define PYMIRAGE_WRITER(name, type, convert)                                         \
    static inline char name(PyObject *buffer, int64_t at, int64_t number)            \
    {                                                                                \
        type value = convert((type)number);                                          \
        if (pymirage_outside(at, sizeof value, PyByteArray_GET_SIZE(buffer))) {      \
            pymirage_out_of_range();                                                 \
            return PYMIRAGE_NONE_ERROR;                                              \
        }                                                                            \
        memcpy(PyByteArray_AS_STRING(buffer) + at, &value, sizeof value);            \
        return PYMIRAGE_NONE;                                                        \
    }

#define PYMIRAGE_SAME(value) (value)

PYMIRAGE_READER(pymirage_u8, uint8_t, PYMIRAGE_SAME)
PYMIRAGE_READER(pymirage_u16, uint16_t, __builtin_bswap16)
PYMIRAGE_READER(pymirage_u32, uint32_t, __builtin_bswap32)
PYMIRAGE_READER(pymirage_u16_le, uint16_t, PYMIRAGE_SAME)
PYMIRAGE_READER(pymirage_u32_le, uint32_t, PYMIRAGE_SAME)
PYMIRAGE_WRITER(pymirage_put_u8, uint8_t, PYMIRAGE_SAME)
PYMIRAGE_WRITER(pymirage_put_u16, uint16_t, __builtin_bswap16)
PYMIRAGE_WRITER(pymirage_put_u32, uint32_t, __builtin_bswap32)

#define PYMIRAGE_MAKER(name, type, convert)                                          \
    static inline PyObject *name(int64_t number)                                     \
    {                                                                                \
        const type value = convert((type)number);                                    \
        return PyBytes_FromStringAndSize((const char *)&value, sizeof value);        \
    }

PYMIRAGE_MAKER(pymirage_b16, uint16_t, __builtin_bswap16)
PYMIRAGE_MAKER(pymirage_b32, uint32_t, __builtin_bswap32)
PYMIRAGE_MAKER(pymirage_b16_le, uint16_t, PYMIRAGE_SAME)
PYMIRAGE_MAKER(pymirage_b32_le, uint32_t, PYMIRAGE_SAME)

/* RFC 1071 §2: sums of 16-bit words do not mind the order of octets within the words (B), nor being made of wider
 * words (C). Halves of 64-bit words go into sums of their own, which cannot overflow below 16 GiB. */
static inline int64_t pymirage_sum(const unsigned char *data, int64_t count)
{
    uint64_t low = 0, high = 0, word;
    while (count >= 32) {
        uint64_t words[4];
        memcpy(words, data, sizeof words);
        low += (uint32_t)words[0];
        high += words[0] >> 32;
        low += (uint32_t)words[1];
        high += words[1] >> 32;
        low += (uint32_t)words[2];
        high += words[2] >> 32;
        low += (uint32_t)words[3];
        high += words[3] >> 32;
        data += 32;
        count -= 32;
    }
    while (count >= 4) {
        uint32_t half;
        memcpy(&half, data, sizeof half);
        low += half;
        data += 4;
        count -= 4;
    }
    if (count > 0) {
        word = 0;
        memcpy(&word, data, count);
        low += word;
    }
    low += high;
    while (low > 0xFFFF)
        low = (low & 0xFFFF) + (low >> 16);
    return __builtin_bswap16((uint16_t)low);
}

static inline int64_t pymirage_sum_in(const char *data, Py_ssize_t size, int64_t start, int64_t end)
{
    if (__builtin_expect(start < 0 || end > (int64_t)size, 0)) {
        pymirage_out_of_range();
        return PYMIRAGE_INT_ERROR;
    }
    return pymirage_sum((const unsigned char *)data + start, end - start);
}

static inline int64_t pymirage_sum16(PyObject *data, int64_t start, int64_t end)
{
    return pymirage_sum_in(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), start, end);
}

static inline int64_t pymirage_sum16_of(PyObject *buffer, int64_t start, int64_t end)
{
    return pymirage_sum_in(PyByteArray_AS_STRING(buffer), PyByteArray_GET_SIZE(buffer), start, end);
}

static inline PyObject *pymirage_join(PyObject *buffer, int64_t count, PyObject *data, int64_t start, int64_t end)
{
    if (__builtin_expect(count < 0 || count > PyByteArray_GET_SIZE(buffer) || start < 0 || end < start
                             || end > PyBytes_GET_SIZE(data), 0)) {
        pymirage_out_of_range();
        return NULL;
    }
    PyObject *frame = PyBytes_FromStringAndSize(NULL, count + end - start);
    if (frame != NULL) {
        memcpy(PyBytes_AS_STRING(frame), PyByteArray_AS_STRING(buffer), count);
        memcpy(PyBytes_AS_STRING(frame) + count, PyBytes_AS_STRING(data) + start, end - start);
    }
    return frame;
}

#endif
