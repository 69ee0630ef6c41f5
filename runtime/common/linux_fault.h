/* SPDX-License-Identifier: ISC */
/* Reports machine faults of a Linux process (unix images, the spt tender) and ends it with status 255. */
#ifndef PYMIRAGE_LINUX_FAULT_H
#define PYMIRAGE_LINUX_FAULT_H

#include <stdint.h>

struct linux_fault_image {
    uint64_t guard_start, guard_end;
    const void *file; /* the image's ELF file, mapped; NULL when unknown */
    uint64_t file_size;
};

/* Installs handlers for SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP and SIGSYS, on a stack of their own. */
void linux_fault_install(const struct linux_fault_image *image);

/* Installs handlers for SIGINT, SIGTERM and SIGHUP: one line, then the status that a shell would report, 128 + n. */
void linux_stop_install(const char *program);

#endif
