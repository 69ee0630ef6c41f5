/* SPDX-License-Identifier: ISC */
/* The two stages of an image: see stage.h. */
#include "stage.h"

#include <fenv.h>
#include <stdlib.h>

#include "initialise_abi.h"
#include "musl/src/malloc/pymirage/inside.h"
#include "packing.h"
#include "pages.h"
#include "shim.h"
#include "solo5.h"
#include "start.h"

/* By image.lds. */
extern char __image_end[];
extern stage_hook *const __resume_array_start[], *const __resume_array_end[];

bool (*stage_judge)(const char *what);

static const struct initialise_host *host; /* in the first stage */
static bool saved, without_eval;
static uintptr_t thread_base;

/* At the end of memory, beyond the heap: the image is not to have holes where it was. */
enum { SCRATCH = 768 << 20 };
static uintptr_t scratch;

/* As _start of the bindings: onto the image's own stack, with the argument as it is. */
__asm__(".pushsection .text._initialise, \"ax\", @progbits\n"
        ".globl _initialise\n.type _initialise, @function\n"
        "_initialise:\n"
        "  cld\n"
        "  xorl %ebp, %ebp\n"
        "  leaq __stack_end(%rip), %rsp\n"
        "  call stage_initialise\n"
        "  ud2\n"
        ".size _initialise, . - _initialise\n"
        ".popsection\n");

__attribute__((used)) static _Noreturn void stage_initialise(const struct initialise_host *given)
{
    uintptr_t heap = (uintptr_t)__image_end;

    host = given;
    scratch = given->memory_end - SCRATCH;
    stage_exit(start(&(struct solo5_start_info){"", heap, scratch - heap}));
}

void *stage_scratch(size_t size)
{
    void *memory = (void *)scratch;

    scratch += (size + 15) & ~(size_t)15;
    if (scratch > host->memory_end) {
        message("memory: too little to initialise the image in");
        stage_exit(SOLO5_EXIT_FAILURE);
    }
    return memory;
}

struct initialise_plan *stage_plan(void)
{
    return host->plan;
}

bool stage_is_initialise(void)
{
    return host;
}

bool stage_allows(const char *what)
{
    return !host || (stage_judge && stage_judge(what));
}

/* Where the platform contract is in this image: while a start is rehearsed the building program is the platform. */
static const uint64_t contract[INITIALISE_CONTRACT] = {
    [INITIALISE_EXIT] = (uintptr_t)solo5_exit,
    [INITIALISE_ABORT] = (uintptr_t)solo5_abort,
    [INITIALISE_SET_TLS_BASE] = (uintptr_t)solo5_set_tls_base,
    [INITIALISE_CLOCK_MONOTONIC] = (uintptr_t)solo5_clock_monotonic,
    [INITIALISE_CLOCK_WALL] = (uintptr_t)solo5_clock_wall,
    [INITIALISE_YIELD] = (uintptr_t)solo5_yield,
    [INITIALISE_STOP_REQUESTED] = (uintptr_t)solo5_stop_requested,
    [INITIALISE_CONSOLE_WRITE] = (uintptr_t)solo5_console_write,
    [INITIALISE_NET_ACQUIRE] = (uintptr_t)solo5_net_acquire,
    [INITIALISE_NET_FEATURES] = (uintptr_t)solo5_net_features,
    [INITIALISE_NET_OFFLOAD] = (uintptr_t)solo5_net_offload,
    [INITIALISE_NET_SEND] = (uintptr_t)solo5_net_send,
    [INITIALISE_NET_RECEIVE] = (uintptr_t)solo5_net_receive,
    [INITIALISE_BLOCK_ACQUIRE] = (uintptr_t)solo5_block_acquire,
    [INITIALISE_BLOCK_WRITE] = (uintptr_t)solo5_block_write,
    [INITIALISE_BLOCK_READ] = (uintptr_t)solo5_block_read,
    [INITIALISE_BLOCK_FLUSH] = (uintptr_t)solo5_block_flush,
    [INITIALISE_BLOCK_DISCARD] = (uintptr_t)solo5_block_discard,
    [INITIALISE_ENTROPY] = (uintptr_t)solo5_entropy,
};

/* What the rehearsal has shown, for the next time. */
static void conclude(void)
{
    host = (const struct initialise_host *)INITIALISE_HOST_BASE;
    if (host->plan->rehearsed)
        packing_settle();
    else
        start_rehearsed(host->plan);
}

_Noreturn void stage_save(const char *remarks)
{
    const struct initialise_host *then = host;
    uintptr_t end;

    __pymirage_malloc_clear();
    end = (uintptr_t)pages_conclude();
    packing_watch((void *)end);
    solo5_image_end = end;
    without_eval = then->without_eval;
    saved = true;
    scratch = 0;
    host = NULL; /* the last word: an address of the process that builds */
    then->save(end, remarks);

    /* From here on in no image. */
    then->rehearse(contract, conclude);
    stage_resume((void *)end, then->memory_end - SCRATCH - end);
    exit(start_resumed());
}

bool stage_was_saved(void)
{
    return saved;
}

bool stage_without_eval(void)
{
    return without_eval;
}

/* The thread pointer before anything that has an errno. */
void stage_resume(void *heap_start, size_t heap_size)
{
    solo5_set_tls_base(thread_base);
    fesetenv(FE_DFL_ENV);
    pages_resume(heap_start, heap_size);
    for (stage_hook *const *hook = __resume_array_start; hook < __resume_array_end; hook++)
        (*hook)();
}

void stage_write(const char *text, size_t size)
{
    if (host)
        host->write(text, size);
    else
        solo5_console_write(text, size);
}

long stage_set_thread_pointer(uintptr_t base)
{
    thread_base = base;
    if (host)
        return host->set_thread_pointer(base);
    return solo5_set_tls_base(base) == SOLO5_R_OK ? 0 : -1;
}

_Noreturn void stage_exit(int status)
{
    if (host)
        host->exit(status);
    solo5_exit(status);
}
