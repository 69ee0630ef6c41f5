/* SPDX-License-Identifier: ISC */
/* Pages that are written to: see recorder.h. */
#include "recorder.h"

#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <linux/mman.h>
#include <stdbool.h>

#include "image.h"
#include "linux.h"
#include "memory.h"
#include "message.h"

/* More pages are let through without a note. */
enum { MOST_PAGES = 1 << 16, WRITE = 1 << 1 /* of a page fault's error code */ };

static struct {
    uint64_t start, end;
} areas[IMAGE_MAX_SEGMENTS + 1];
static unsigned area_count;
static uint64_t pages[MOST_PAGES];
static size_t page_count;
static void (*report)(int, siginfo_t *, void *);

void recorder_return(void); /* what a handler returns to: rt_sigreturn(2) */

__asm__(".pushsection .text.recorder_return, \"ax\", @progbits\n"
        ".hidden recorder_return\n.globl recorder_return\n.type recorder_return, @function\n"
        "recorder_return:\n"
        "  movl $15, %eax\n" /* __NR_rt_sigreturn */
        "  syscall\n"
        ".size recorder_return, . - recorder_return\n"
        ".popsection\n");

static bool is_watched(uint64_t address)
{
    for (unsigned i = 0; i < area_count; i++)
        if (address >= areas[i].start && address < areas[i].end)
            return true;
    return false;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    const struct sigcontext_64 *at = (const void *)&((const struct ucontext *)context)->uc_mcontext;
    const uint64_t page = page_down(at->cr2);
    /* A page that may be written already faulted for another reason. */
    const bool again = page_count && pages[page_count - 1] == page;
    if (!is_watched(page) || !(at->err & WRITE) || again)
        report(number, info, context);
    linux_call3(__NR_mprotect, (long)page, PAGE_SIZE, PROT_READ | PROT_WRITE);
    if (page_count < MOST_PAGES)
        pages[page_count++] = page;
}

void recorder_prepare(void)
{
    const struct sigaction action = {
        .sa_handler = (__sighandler_t)(void *)on_fault,
        .sa_flags = SA_SIGINFO | SA_ONSTACK | 0x04000000 /* SA_RESTORER */,
        .sa_restorer = (__sigrestore_t)(void *)recorder_return,
        .sa_mask = ~0UL,
    };
    struct sigaction before;
    linux_call4(__NR_rt_sigaction, SIGSEGV, (long)&action, (long)&before, sizeof action.sa_mask);
    report = (void (*)(int, siginfo_t *, void *))(void *)before.sa_handler;
}

void recorder_filter(struct filter *filter)
{
    filter_allow(filter, __NR_mprotect);
    filter_allow(filter, __NR_rt_sigreturn);
}

void recorder_watch(uint64_t start, uint64_t end)
{
    areas[area_count].start = start;
    areas[area_count++].end = end;
    const long result = linux_call3(__NR_mprotect, (long)start, (long)(end - start), PROT_READ);
    if (result < 0)
        fail("memory cannot be protected: ", error_name(result));
}

const uint64_t *recorder_pages(size_t *count)
{
    *count = page_count;
    return pages;
}
