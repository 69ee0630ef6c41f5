/* SPDX-License-Identifier: ISC */
/* A second thread: see thread.h. */
#include "thread.h"

#include <linux/futex.h>
#include <linux/sched.h>

#include "linux.h"

/* The child begins on its own stack, where nothing of this function is: what it calls, and with what, lies there. */
long thread_start(struct thread *thread, void (*function)(void *), void *argument)
{
    const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                       CLONE_CHILD_CLEARTID;
    uintptr_t *top = (uintptr_t *)(thread->stack + sizeof thread->stack) - 2;
    long result;
    top[0] = (uintptr_t)function;
    top[1] = (uintptr_t)argument;
    thread->running = 1;
    register uint32_t *running __asm__("r10") = &thread->running;
    __asm__ volatile("syscall\n"
                     "testq %%rax, %%rax\n"
                     "jnz 1f\n"
                     "xorl %%ebp, %%ebp\n"
                     "popq %%rax\n"
                     "popq %%rdi\n"
                     "call *%%rax\n"
                     "movl %[exit], %%eax\n"
                     "xorl %%edi, %%edi\n"
                     "syscall\n"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "a"(__NR_clone), "D"(flags), "S"(top), "d"(0), "r"(running), [exit] "i"(__NR_exit)
                     : "rcx", "r11", "memory");
    return result;
}

void thread_join(const struct thread *thread)
{
    while (__atomic_load_n(&thread->running, __ATOMIC_ACQUIRE))
        linux_call4(__NR_futex, (long)&thread->running, FUTEX_WAIT, 1, 0); /* the kernel wakes without PRIVATE */
}
