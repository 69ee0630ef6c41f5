/* SPDX-License-Identifier: ISC */
#ifndef PYMIRAGE_PYTHON_NO_ENTROPY_H
#define PYMIRAGE_PYTHON_NO_ENTROPY_H

/* A sentence: who provides none, and what to add to the machine where that is known. */
const char *no_entropy(void);

#endif
