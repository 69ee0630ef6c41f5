/*
 * Replaces musl's syscall_cp.s, which holds the instruction. An image has one thread, so nothing can ask for
 * cancellation between the check and the call: the markers that musl's signal handler compares against are empty.
 */
#include "pthread_impl.h"
#include "syscall.h"

hidden const char __cp_begin[1], __cp_end[1], __cp_cancel[1];

hidden long __syscall_cp_asm(volatile void *cancel, syscall_arg_t n, syscall_arg_t a, syscall_arg_t b,
                             syscall_arg_t c, syscall_arg_t d, syscall_arg_t e, syscall_arg_t f)
{
    (void)cancel;
    return __pymirage_syscall(n, a, b, c, d, e, f);
}
