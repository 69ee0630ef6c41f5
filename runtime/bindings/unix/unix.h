/* SPDX-License-Identifier: ISC */
/*
 * What the files of the unix bindings share. A unix image is its own tender: it takes a tender's options
 * and opens the devices itself.
 */
#ifndef PYMIRAGE_BINDINGS_UNIX_H
#define PYMIRAGE_BINDINGS_UNIX_H

#include "process.h"

void fault_init(const char *program);

#endif
