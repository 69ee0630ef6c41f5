/*
 * The other side of the shim, for programs that run on the build machine: hands every system call to Linux.
 * The guest's Python runs on the host this way (it makes the bytecode), and so do CPython's build steps.
 */
#include <stdint.h>
#include <sys/syscall.h>

enum { ARCH_SET_FS = 0x1002 };

/* CPython's check of the stack (cpython_edits.py): a process has megabytes, and counting levels is enough. */
uintptr_t pymirage_stack_limit;

/* CPython's reports about `random` (cpython_edits.py): a process of the host has its entropy from the start. */
void pymirage_random_seeded(void *generator, int from_entropy)
{
    (void)generator;
    (void)from_entropy;
}

void pymirage_random_drawn(void *generator)
{
    (void)generator;
}

/* CPython's question for the code of a function (cpython_edits.py): it is there. */
int pymirage_function_wake(void *function)
{
    (void)function;
    return 0;
}

static long linux_syscall(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

long __pymirage_syscall(long n, long a, long b, long c, long d, long e, long f)
{
    /* musl's portable __set_thread_area() asks for this; x86-64 Linux knows it by another name. */
    if (n == SYS_set_thread_area)
        return linux_syscall(SYS_arch_prctl, ARCH_SET_FS, a, 0, 0, 0, 0);
    return linux_syscall(n, a, b, c, d, e, f);
}

/* Linux returns from a signal handler through the address in sa_restorer; musl's portable version is empty. */
__asm__(".globl __restore_rt, __restore\n"
        ".hidden __restore_rt, __restore\n"
        "__restore_rt:\n__restore:\n"
        "    mov $15, %eax\n"
        "    syscall\n");
