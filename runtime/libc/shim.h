/* SPDX-License-Identifier: ISC */
/*
 * The shim: what stands where a kernel would, beneath musl.
 *
 * musl calls one function for every system call (musl/arch/x86_64/syscall_arch.h). syscall.c dispatches it to
 * the functions below, one file per topic. They follow the kernel's convention: a negative errno is a failure.
 * Only what CPython and musl ask for is here; each function says who asks. One thread, no interrupts: no locks.
 */
#ifndef PYMIRAGE_LIBC_SHIM_H
#define PYMIRAGE_LIBC_SHIM_H

#include <stddef.h>

struct iovec;
struct stat;
struct timespec;

/* memory.c */
long memory_map(void *address, size_t length, long flags, long fd);
long memory_unmap(void *address, size_t length);
long memory_remap(void *old, size_t old_length, size_t new_length, long flags);
long memory_advise(void *address, size_t length, long advice);

/* console.c */
long console_write(long fd, const char *bytes, size_t size);
long console_write_vector(long fd, const struct iovec *vector, int count);
long console_read(long fd);

/* files.c */
long file_status(long fd, struct stat *status);
long file_control(long fd, long command);
long file_is_open(long fd, long answer);
long file_working_directory(char *buffer, size_t size);

/* time.c */
long time_read(long clock, struct timespec *result);
long time_resolution(struct timespec *result);
long time_sleep(long clock, long flags, const struct timespec *request);
void time_wait_until(unsigned long long deadline);

/* entropy.c */
long entropy_read(void *buffer, size_t size, unsigned flags);

/* process.c */
long process_exit(long status);
long process_signal(long signal);
long process_name(void *name);
long process_affinity(size_t size, unsigned long *mask);
long process_memory(void *information);

/* signal.c */
long signal_action(void *old, size_t set_size);
long signal_mask(void *old, size_t set_size);

/* start.c */
long thread_pointer(void *address);

/* futex.c */
long futex(int *word, long operation, int value, const struct timespec *timeout);

/* message.c: a line on the console that needs nothing of libc. */
void message(const char *text);

#endif
