/* SPDX-License-Identifier: ISC */
/*
 * Signals of a Linux process that runs an image in its own address space: see linux_fault.h.
 *
 * A handler runs with the guest's thread pointer and, under spt, behind the seccomp filter. So it uses
 * no C library, only write and exit_group, and never returns (rt_sigreturn is not let through).
 */
#include "linux_fault.h"

#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#include "fault_report.h"
#include "linux.h"

static struct linux_fault_image image;
static const char *stop_program;
static char signal_stack[16384] __attribute__((aligned(16)));

static void write_out(const struct text *text)
{
    linux_write(2, text->bytes, text->length);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    const struct sigcontext_64 *at = (const void *)&((const struct ucontext *)context)->uc_mcontext;
    const struct fault fault = {
        .vector = at->trapno,
        .error_code = at->err,
        .address = at->cr2,
        .registers = {at->ax, at->bx, at->cx, at->dx, at->si, at->di, at->bp, at->sp, at->r8, at->r9, at->r10,
                      at->r11, at->r12, at->r13, at->r14, at->r15, at->ip, at->flags},
        .guard_start = image.guard_start,
        .guard_end = image.guard_end,
    };
    const struct symbols symbols = symbols_of(image.file, image.file ? image.file_size : 0);
    struct text text = {0};
    fault_report(&text, &fault, &symbols);
    write_out(&text);
    linux_exit(255);
}

/* The filter refused a system call: a bug in what stands between the application and the contract. */
static void on_refused_call(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    const struct symbols symbols = symbols_of(image.file, image.file ? image.file_size : 0);
    const uint64_t after = (uint64_t)(uintptr_t)info->_sifields._sigsys._call_addr;
    struct text text = {0};
    text_add(&text, "fault: system call ");
    text_decimal(&text, (uint64_t)info->_sifields._sigsys._syscall);
    text_add(&text, " refused at rip ");
    text_hexadecimal(&text, after);
    symbols_add_name(&text, &symbols, after);
    text_add(&text, "\n");
    write_out(&text);
    linux_exit(255);
}

static void on_stop(int number, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    struct text text = {0};
    text_add(&text, stop_program);
    text_add(&text, number == SIGINT ? ": interrupted" : ": terminated");
    text_add(&text, "\n");
    write_out(&text);
    linux_exit(128 + number);
}

static void install(int number, void (*handler)(int, siginfo_t *, void *))
{
    /* The kernel insists on a restorer even for handlers that never return. */
    const struct sigaction action = {
        .sa_handler = (__sighandler_t)(void *)handler,
        .sa_flags = SA_SIGINFO | SA_ONSTACK | 0x04000000 /* SA_RESTORER */,
        .sa_restorer = (__sigrestore_t)(void *)linux_exit,
        .sa_mask = ~0UL,
    };
    linux_call4(__NR_rt_sigaction, number, (long)&action, 0, sizeof action.sa_mask);
}

static void use_signal_stack(void)
{
    const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    linux_call3(__NR_sigaltstack, (long)&stack, 0, 0);
}

void linux_fault_install(const struct linux_fault_image *given)
{
    image = *given;
    use_signal_stack();
    const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        install(numbers[i], on_fault);
    install(SIGSYS, on_refused_call);
}

void linux_stop_install(const char *program)
{
    stop_program = program;
    use_signal_stack();
    install(SIGINT, on_stop);
    install(SIGTERM, on_stop);
    install(SIGHUP, on_stop);
}
