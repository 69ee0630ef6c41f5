/* SPDX-License-Identifier: ISC */
/*
 * Replaces CPython's Modules/getpath.c, which runs a Python program that looks for the standard library on disk:
 * main.c has set every path, to nothing. Saves 2 ms of the start and 40 KB.
 */
#include <Python.h>

PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute_path_config);

PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute_path_config)
{
    (void)config;
    (void)compute_path_config;
    return PyStatus_Ok();
}
