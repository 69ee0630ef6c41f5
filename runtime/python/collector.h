/* SPDX-License-Identifier: ISC */
/* When the garbage collector runs: hardly while modules are imported, and never again over what they made. */
#ifndef PYMIRAGE_PYTHON_COLLECTOR_H
#define PYMIRAGE_PYTHON_COLLECTOR_H

/* After the interpreter has started, before the program is imported. */
void collector_relax(void);

/* When the program waits for the first time: everything imported is there to stay. */
void collector_settle(void);

#endif
