/* SPDX-License-Identifier: ISC */
/*
 * Every system call of the C library ends here. What is not in this table does not exist: ENOSYS. To learn what a
 * new version of musl or CPython asks for, compile this file with -DPYMIRAGE_DEBUG: it says so on the console.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

#include "shim.h"

enum { PID = 1, ROOT = 0 };

#ifdef PYMIRAGE_DEBUG
static long unknown(long n)
{
    char line[48];

    snprintf(line, sizeof line, "shim: unknown system call %ld", n);
    message(line);
    return -ENOSYS;
}
#else
static long unknown(long n)
{
    (void)n;
    return -ENOSYS;
}
#endif

long __pymirage_syscall(long n, long a, long b, long c, long d, long e, long f);

long __pymirage_syscall(long n, long a, long b, long c, long d, long e, long f)
{
    (void)f;
    switch (n) {
    /* Memory */
    case SYS_mmap:
        return memory_map((void *)a, (size_t)b, d, (int)e);
    case SYS_munmap:
        return memory_unmap((void *)a, (size_t)b);
    case SYS_mremap:
        return memory_remap((void *)a, (size_t)b, (size_t)c, d);
    case SYS_madvise:
        return memory_advise((void *)a, (size_t)b, c);
    case SYS_mprotect: /* musl's guard pages of threads, which then cannot be made */
        return 0;
    case SYS_brk: /* malloc() asks, and takes pages instead */
        return 0;

    /* Console */
    case SYS_write:
        return console_write(a, (const char *)b, (size_t)c);
    case SYS_writev:
        return console_write_vector(a, (const struct iovec *)b, (int)c);
    case SYS_read:
    case SYS_readv:
        return console_read(a);
    case SYS_ioctl: /* isatty(): the console is no terminal, so Python buffers lines itself */
        return file_is_open(a, -ENOTTY);

    /* Descriptors */
    case SYS_fstat:
        return file_status(a, (struct stat *)b);
    case SYS_fcntl:
        return file_control(a, b);
    case SYS_lseek: /* sys.stdout.tell(), and open() to learn whether it can */
        return file_is_open(a, -ESPIPE);
    case SYS_close:
    case SYS_fsync:
        return file_is_open(a, 0);
    case SYS_dup: /* no more descriptors than the three */
    case SYS_dup3:
        return -EMFILE;

    /* Paths: there is none */
    case SYS_open:
    case SYS_openat:
    case SYS_stat:
    case SYS_lstat:
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_access:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_readlink:
    case SYS_readlinkat:
    case SYS_chdir:
    case SYS_mkdir:
    case SYS_mkdirat:
    case SYS_rmdir:
    case SYS_unlink:
    case SYS_unlinkat:
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_chmod:
    case SYS_fchmodat:
    case SYS_utimensat:
    case SYS_truncate:
        return -ENOENT;
    case SYS_getcwd:
        return file_working_directory((char *)a, (size_t)b);

    /* Time */
    case SYS_clock_gettime:
        return time_read(a, (struct timespec *)b);
    case SYS_clock_getres:
        return time_resolution((struct timespec *)b);
    case SYS_clock_nanosleep:
        return time_sleep(a, b, (const struct timespec *)c);
    case SYS_nanosleep:
        return time_sleep(CLOCK_MONOTONIC, 0, (const struct timespec *)a);
    case SYS_sched_yield: /* between attempts at a spin lock, of which nobody holds any */
        return 0;

    /* Entropy */
    case SYS_getrandom:
        return entropy_read((void *)a, (size_t)b, (unsigned)c);

    /* Process */
    case SYS_exit_group:
    case SYS_exit:
        return process_exit(a);
    case SYS_kill:
    case SYS_tkill:
        return process_signal(b);
    case SYS_getpid:
    case SYS_gettid:
    case SYS_set_tid_address: /* musl when it sets up its first thread */
        return PID;
    case SYS_getppid:
    case SYS_getuid:
    case SYS_geteuid:
    case SYS_getgid:
    case SYS_getegid:
        return ROOT;
    case SYS_umask:
        return 022;
    case SYS_uname:
        return process_name((void *)a);
    case SYS_sched_getaffinity:
        return process_affinity((size_t)b, (unsigned long *)c);
    case SYS_sysinfo:
        return process_memory((void *)a);

    /* Threads and signals */
    case SYS_set_thread_area: /* musl's portable way to set the thread pointer */
        return thread_pointer((void *)a);
    case SYS_futex:
        return futex((int *)a, b, (int)c, (const struct timespec *)d);
    case SYS_rt_sigaction:
        return signal_action((void *)c, (size_t)d);
    case SYS_rt_sigprocmask:
        return signal_mask((void *)c, (size_t)d);

    default:
        return unknown(n);
    }
}
