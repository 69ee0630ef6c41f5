/* SPDX-License-Identifier: ISC */
#include "collector.h"
#include "contract.h"
#include "start.h"

PyObject *contract_clock_monotonic(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    if (!contract_started("the clock"))
        return NULL;
    return PyLong_FromUnsignedLongLong(solo5_clock_monotonic());
}

PyObject *contract_clock_wall(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    if (!contract_started("the clock"))
        return NULL;
    return PyLong_FromUnsignedLongLong(solo5_clock_wall());
}

/* No device has handle 0, so its bit says, once, that the host asks the image to end. */
static bool asked_to_stop(void)
{
    static bool told;
    const bool news = !told && solo5_stop_requested();

    told |= news;
    return news;
}

PyObject *contract_start_moment(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLongLong(start_moment);
}

PyObject *contract_yield_until(PyObject *module, PyObject *deadline)
{
    solo5_handle_set_t ready = 0;
    uint64_t when;

    (void)module;
    if (!contract_started("waiting") || !contract_unsigned(deadline, "deadline", &when))
        return NULL;
    collector_settle();
    solo5_yield(when, &ready);
    if (asked_to_stop())
        ready |= 1;
    return PyLong_FromUnsignedLongLong(ready);
}
