/* SPDX-License-Identifier: ISC */
/*
 * The module pymirage.driver.solo5._contract: the platform contract as Python sees it. One file for each topic;
 * each provides its functions as PyCFunction and module.c has the table. The typed stub, with what each function
 * promises, is src/pymirage/driver/solo5/_contract.pyi.
 *
 * What the host refuses is an OSError with a sentence for its reader; wrong arguments are TypeError, ValueError.
 */
#ifndef PYMIRAGE_PYTHON_CONTRACT_H
#define PYMIRAGE_PYTHON_CONTRACT_H

#include <Python.h>
#include <stdint.h>

#include "solo5.h"

PyObject *contract_console_write(PyObject *module, PyObject *data);

PyObject *contract_clock_monotonic(PyObject *module, PyObject *none);
PyObject *contract_clock_wall(PyObject *module, PyObject *none);
PyObject *contract_start_moment(PyObject *module, PyObject *none);
PyObject *contract_yield_until(PyObject *module, PyObject *deadline);

PyObject *contract_net_acquire(PyObject *module, PyObject *name);
PyObject *contract_net_offload(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *contract_net_read(PyObject *module, PyObject *handle);
PyObject *contract_net_counts(PyObject *module, PyObject *handle);
PyObject *contract_net_write(PyObject *module, PyObject *const *arguments, Py_ssize_t count);

PyObject *contract_block_acquire(PyObject *module, PyObject *name);
PyObject *contract_block_read(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *contract_block_write(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *contract_block_flush(PyObject *module, PyObject *handle);
PyObject *contract_block_discard(PyObject *module, PyObject *const *arguments, Py_ssize_t count);

PyObject *contract_entropy(PyObject *module, PyObject *size);

PyObject *contract_command_line(PyObject *module, PyObject *none);
PyObject *contract_target(PyObject *module, PyObject *none);
PyObject *contract_exit(PyObject *module, PyObject *status);
PyObject *contract_abort(PyObject *module, PyObject *none);

PyObject *contract_memory(PyObject *module, PyObject *none);
PyObject *contract_crunched(PyObject *module, PyObject *table);

PyObject *contract_initialised(PyObject *module, PyObject *start);

/* What initialised() was given: the second stage of an image that is built initialised; NULL when it was not called. */
PyObject *contract_start_function(void);

/* stage.c: true in the second stage; otherwise false, after setting an exception that names (what). */
bool contract_started(const char *what);

enum { CONTRACT_HANDLES = 64 }; /* a set of them is one 64-bit word */

/* argument.c: conversions; false after setting an exception. */
bool contract_handle(PyObject *object, solo5_handle_t *handle);
bool contract_unsigned(PyObject *object, const char *what, uint64_t *value);
bool contract_count(Py_ssize_t given, Py_ssize_t wanted, const char *function);

#endif
