/* SPDX-License-Identifier: ISC */
/*
 * Work of a start that can be done beside the rest of it: by a second thread, and by the first when it waits. Without
 * a second processor, or where there can be no thread, nothing is lost.
 */
#ifndef PYMIRAGE_JOBS_H
#define PYMIRAGE_JOBS_H

#include <stdbool.h>

enum { JOBS_MOST = 1 << 14 };

/* Adds a job that needs no other's result. False when there are too many. */
bool jobs_add(void (*function)(void *), void *argument);

/* Begins with what was added. Between here and jobs_finish belongs what needs none of it. */
void jobs_start(void);

/* Returns when all of it is done, and the second thread has ended. */
void jobs_finish(void);

#endif
