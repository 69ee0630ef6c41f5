/*
 * Replaces musl's file of this name: every system call of the C library becomes one C function, which the
 * platform shim (runtime/libc) answers in an image and host/passthrough.c hands to Linux in a host program.
 *
 * There is no vDSO: clock_gettime() reaches the shim like everything else (so VDSO_USEFUL stays undefined).
 */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

long __pymirage_syscall(long n, long a, long b, long c, long d, long e, long f);

static __inline long __syscall0(long n)
{
    return __pymirage_syscall(n, 0, 0, 0, 0, 0, 0);
}

static __inline long __syscall1(long n, long a)
{
    return __pymirage_syscall(n, a, 0, 0, 0, 0, 0);
}

static __inline long __syscall2(long n, long a, long b)
{
    return __pymirage_syscall(n, a, b, 0, 0, 0, 0);
}

static __inline long __syscall3(long n, long a, long b, long c)
{
    return __pymirage_syscall(n, a, b, c, 0, 0, 0);
}

static __inline long __syscall4(long n, long a, long b, long c, long d)
{
    return __pymirage_syscall(n, a, b, c, d, 0, 0);
}

static __inline long __syscall5(long n, long a, long b, long c, long d, long e)
{
    return __pymirage_syscall(n, a, b, c, d, e, 0);
}

static __inline long __syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    return __pymirage_syscall(n, a, b, c, d, e, f);
}

#define IPC_64 0
