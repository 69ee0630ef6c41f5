/* SPDX-License-Identifier: ISC */
/*
 * Linux system calls on x86-64, for code that runs as a Linux process without a C library: the unix and
 * spt bindings and the tenders. Each returns what the kernel returned: negative is -errno.
 */
#ifndef PYMIRAGE_LINUX_H
#define PYMIRAGE_LINUX_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

static inline long linux_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long linux_call4(long number, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long linux_call3(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

static inline long linux_read(int fd, void *to, size_t size)
{
    return linux_call3(__NR_read, fd, (long)to, (long)size);
}

static inline long linux_write(int fd, const void *from, size_t size)
{
    return linux_call3(__NR_write, fd, (long)from, (long)size);
}

static inline long linux_pread(int fd, void *to, size_t size, uint64_t offset)
{
    return linux_call4(__NR_pread64, fd, (long)to, (long)size, (long)offset);
}

static inline long linux_pwrite(int fd, const void *from, size_t size, uint64_t offset)
{
    return linux_call4(__NR_pwrite64, fd, (long)from, (long)size, (long)offset);
}

static inline long linux_open(const char *path, int flags)
{
    return linux_call3(__NR_open, (long)path, flags, 0);
}

static inline long linux_close(int fd)
{
    return linux_call3(__NR_close, fd, 0, 0);
}

static inline long linux_ioctl(int fd, unsigned long request, long argument)
{
    return linux_call3(__NR_ioctl, fd, (long)request, argument);
}

static inline long linux_mmap(uint64_t at, size_t size, int protection, int flags, int fd, uint64_t offset)
{
    return linux_call6(__NR_mmap, (long)at, (long)size, protection, flags, fd, (long)offset);
}

static inline long linux_clock_gettime(int clock, void *timespec)
{
    return linux_call3(__NR_clock_gettime, clock, (long)timespec, 0);
}

static inline _Noreturn void linux_exit(int status)
{
    for (;;)
        linux_call3(__NR_exit_group, status, 0, 0);
}

/* The calls below return negative errno values as addresses near the top: this tells the two apart. */
static inline int linux_failed(long result)
{
    return result < 0 && result >= -4095;
}

#endif
