/* SPDX-License-Identifier: ISC */
/* Running out of memory is an error with a name and a remedy, not a hang and not a silent end. */
#ifndef PYMIRAGE_PYTHON_MEMORY_ERROR_H
#define PYMIRAGE_PYTHON_MEMORY_ERROR_H

/* Before the interpreter starts: puts a little memory aside. */
void memory_error_prepare(void);

/* Gives back what memory_error_prepare() kept: before an image is saved. */
void memory_error_conclude(void);

/*
 * When an exception is about to be printed: if it is a MemoryError, or what became of one, frees what was put
 * aside, so that the traceback can be made, and says on the console how much memory there was.
 */
void memory_error_explain(void);

/* The same when the interpreter could not even start. */
void memory_error_explain_start(void);

#endif
