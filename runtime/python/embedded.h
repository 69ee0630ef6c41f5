/* SPDX-License-Identifier: ISC */
/*
 * Files that the image carries, as the image link writes them (one generated C file or object defines
 * embedded_tables) and as contract/crunched.c hands them to Python.
 *
 *     static const struct embedded_file htdocs[] = {
 *         {"index.html", content, sizeof content, {0x9f, 0x86, ...}},
 *         {NULL, NULL, 0, {0}},
 *     };
 *     const struct embedded_table embedded_tables[] = {{"htdocs", htdocs}, {NULL, NULL}};
 *
 * An image without files defines the array with its last entry alone. Contents lie in a read-only section and
 * are never copied: Python reads them through a memoryview.
 */
#ifndef PYMIRAGE_PYTHON_EMBEDDED_H
#define PYMIRAGE_PYTHON_EMBEDDED_H

#include <stddef.h>

enum { EMBEDDED_DIGEST = 32 };

struct embedded_file {
    const char *name; /* UTF-8, relative, separated by "/"; NULL ends the array, which is sorted by it */
    const void *content;
    size_t size;
    unsigned char digest[EMBEDDED_DIGEST]; /* SHA-256 of the content */
};

struct embedded_table {
    const char *name; /* what crunched() is called with; NULL ends the array */
    const struct embedded_file *files;
};

extern const struct embedded_table embedded_tables[];

#endif
