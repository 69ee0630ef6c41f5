/* SPDX-License-Identifier: ISC */
/*
 * The host's clock without a system call: Linux maps a small shared library into every process, the vDSO, whose
 * clock_gettime reads a page that the kernel keeps up to date (vdso(7), Documentation/ABI/stable/vdso).
 */
#ifndef PYMIRAGE_VDSO_H
#define PYMIRAGE_VDSO_H

struct timespec;

/* As the system call: 0, or -errno. */
typedef int vdso_clock_gettime(int clock, struct timespec *now);

/* The vDSO's, in a process that was given these arguments; NULL when there is none. */
vdso_clock_gettime *vdso_find_clock(char **argv);

#endif
