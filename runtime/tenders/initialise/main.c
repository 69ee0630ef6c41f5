/* SPDX-License-Identifier: ISC */
/*
 * pymirage-initialise: brings a linked image up at build time and writes what its memory then is.
 *
 * The image is loaded into this very process, as the spt tender does, whatever its target: it is entered where no
 * bindings are asked for anything (libc/stage.c). A filter leaves it what a pure computation needs: writing what it
 * prints, setting the thread pointer, ending. The time-stamp counter faults. When its memory has been written, the
 * image starts, on a platform that is none (rehearsal.h), to find out what every start runs and which pages it writes to
 * (recorder.h).
 *
 * All this happens three times (initialise_abi.h), but for the last in children, whose memory is thrown away and who leave
 * a plan. Where a rehearsal ends badly none is held.
 */
#include <asm/prctl.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/signal.h>
#include <linux/time.h>
#include <stdbool.h>

#include "filter.h"
#include "image.h"
#include "initialise_abi.h"
#include "linux.h"
#include "linux_fault.h"
#include "memory.h"
#include "message.h"
#include "recorder.h"
#include "rehearsal.h"
#include "spt_abi.h"
#include "tender.h"

/* Of address space: an image that needs more to be initialised would need more to run. */
enum { MEMORY_MB = 1792, OUTPUT = 3 };

/* Seconds of the processor's for a rehearsal: who takes longer to start has no use for one. */
enum { PATIENCE = 2 };

static struct image image;
static struct initialise_plan *plan;
static bool is_last = true;
static void (*conclude)(void);

/* --- What the image is given -------------------------------------------------------------------- */

static void write_console(const char *text, size_t size)
{
    linux_write(1, text, size);
}

static long set_thread_pointer(uintptr_t base)
{
    return linux_call3(__NR_arch_prctl, ARCH_SET_FS, (long)base, 0);
}

static void write_all(const void *from, uint64_t size)
{
    const uint8_t *octets = from;
    while (size) {
        const long written = linux_write(OUTPUT, octets, size);
        if (written <= 0)
            fail("the initialised memory cannot be written: ", error_name(written));
        octets += written;
        size -= (uint64_t)written;
    }
}

static void write_part(uint64_t address, const void *octets, uint64_t size)
{
    const struct initialise_part part = {address, size};
    write_all(&part, sizeof part);
    write_all(octets, size);
}

static void write_memory(uint64_t start, uint64_t end)
{
    write_part(start, (const void *)start, end - start);
}

/* What the image writes to from here on, it writes to at every start. */
static void watch_memory(uint64_t heap_end)
{
    for (unsigned i = 0; i < image.segment_count; i++)
        if (image.segments[i].writable)
            recorder_watch(image.segments[i].start, image.segments[i].end);
    recorder_watch(image.end, heap_end);
}

/* A segment without octets in the file is the stack, of which nothing is left. */
static void save(uint64_t heap_end, const char *remarks)
{
    plan->saved = true;
    if (!is_last)
        return;
    for (unsigned i = 0; i < image.segment_count; i++)
        if (image.segments[i].writable && image.segments[i].file_size)
            write_memory(image.segments[i].start, image.segments[i].end);
    write_memory(image.end, heap_end);
    write_part(INITIALISE_REMARKS, remarks, string_length(remarks));
    watch_memory(heap_end);
}

static _Noreturn void leave(int status)
{
    linux_exit(status);
}

/* The image's own status is its own affair: without devices it may have had to end. */
static _Noreturn void leave_rehearsal(int status)
{
    size_t count;
    const uint64_t *pages = recorder_pages(&count);
    (void)status;
    if (!is_last)
        conclude();
    else if (count)
        write_part(INITIALISE_WRITTEN, pages, count * sizeof *pages);
    linux_exit(0);
}

/* What is missing then is a plan, or, the last time, a list of pages. */
static void give_up(int signal)
{
    (void)signal;
    linux_exit(0);
}

static void limit_rehearsal(void)
{
    const struct sigaction action = {
        .sa_handler = give_up, .sa_flags = SA_ONSTACK | 0x04000000 /* SA_RESTORER, though nobody returns */};
    const struct __kernel_old_itimerval limit = {.it_value = {.tv_sec = PATIENCE}};
    linux_call4(__NR_rt_sigaction, SIGVTALRM, (long)&action, 0, sizeof action.sa_mask);
    linux_call3(__NR_setitimer, ITIMER_VIRTUAL, (long)&limit, 0);
}

static void rehearse(const uint64_t *contract, void (*then)(void))
{
    conclude = then;
    if (plan->unrehearsed) {
        plan->rehearsed = true;
        rehearsal_refuse();
        leave_rehearsal(0);
    }
    limit_rehearsal();
    rehearsal_begin(contract, leave_rehearsal);
}

/* --- Start --------------------------------------------------------------------------------------- */

static void map_memory(uint64_t size)
{
    const long at = linux_mmap(SPT_HOST_MEM_BASE, size - SPT_HOST_MEM_BASE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (linux_failed(at))
        fail("the host refused ", number(size >> 20), " MB of address space: ", error_name(at));
}

static void open_output(const char *path)
{
    const long fd = linux_call3(__NR_open, (long)path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        fail(path, ": ", error_name(fd));
    linux_call3(__NR_dup2, fd, OUTPUT, 0);
}

static void restrict_process(void)
{
    static struct filter filter;
    linux_call3(__NR_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0);
    filter_begin(&filter);
    filter_allow_first(&filter, __NR_write, 1);
    filter_allow_first(&filter, __NR_write, 2);
    filter_allow_first(&filter, __NR_write, OUTPUT);
    filter_allow_first(&filter, __NR_arch_prctl, ARCH_SET_FS);
    filter_allow(&filter, __NR_exit_group);
    filter_allow_first(&filter, __NR_rt_sigaction, SIGVTALRM);
    filter_allow_first(&filter, __NR_setitimer, ITIMER_VIRTUAL);
    recorder_filter(&filter);
    rehearsal_filter(&filter);
    filter_install(&filter, FILTER_SIGNALS);
}

/* Behind the memory, at an address that is always the same: it could get into the image. */
static struct initialise_plan *map_plan(void)
{
    const long at = linux_mmap((uint64_t)MEMORY_MB << 20, INITIALISE_PLAN_SIZE, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (linux_failed(at))
        fail("the host refused ", number(INITIALISE_PLAN_SIZE >> 20), " MB of address space: ", error_name(at));
    return (struct initialise_plan *)at;
}

static void redirect_to_nothing(int descriptor)
{
    linux_call3(__NR_dup2, linux_open("/dev/null", O_WRONLY), descriptor, 0);
}

/* A build that is killed must not leave a program running that perhaps never ends. */
static void end_with_parent(void)
{
    linux_call3(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
}

/* In a child, where this returns true; to its end, where it returns false. */
static bool is_child(void)
{
    const long parent = linux_call3(__NR_getpid, 0, 0, 0), child = linux_call3(__NR_fork, 0, 0, 0);
    if (child < 0)
        fail("the host refused a process: ", error_name(child));
    if (child > 0) {
        linux_call4(__NR_wait4, child, 0, 0, 0);
        return false;
    }
    end_with_parent();
    if (linux_call3(__NR_getppid, 0, 0, 0) != parent)
        linux_exit(1); /* it has ended meanwhile */
    return true;
}

/* Silently, but for the last time: if a child fails before it rehearses, so does the last, which says why. */
static void run_before(void)
{
    bool rehearsed;
    do {
        rehearsed = plan->rehearsed;
        if (is_child()) {
            is_last = false;
            redirect_to_nothing(1);
            redirect_to_nothing(2);
            return;
        }
        if (!plan->saved || plan->complete || plan->unrehearsed)
            return;
        plan->unrehearsed = plan->rehearsed == rehearsed;
    } while (true);
}

static const char usage[] = "usage: pymirage-initialise [--without-eval] ENTRY IMAGE OUTPUT SECONDS";

static uint64_t number_of(const char *digits)
{
    uint64_t value = 0;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9')
            fail(usage);
        value = 10 * value + (uint64_t)(*digits - '0');
    }
    return value;
}

static _Noreturn void enter(uint64_t entry)
{
    __asm__ volatile("jmp *%0" : : "r"(entry), "D"(INITIALISE_HOST_BASE));
    __builtin_unreachable();
}

_Noreturn void tender_main(char **argv)
{
    message_program = "pymirage-initialise";
    const bool without_eval = argv[0] && argv[1] && string_equal(argv[1], "--without-eval");
    argv += without_eval;
    end_with_parent();
    if (!argv[0] || !argv[1] || !argv[2] || !argv[3] || !argv[4] || argv[5])
        fail(usage);
    rehearsal_date(number_of(argv[4]));
    image_open_linked(&image, argv[2]);
    map_memory((uint64_t)MEMORY_MB << 20);
    image_load(&image, (uint8_t *)0, true);
    open_output(argv[3]);
    plan = map_plan();
    *(struct initialise_host *)INITIALISE_HOST_BASE = (struct initialise_host){
        .plan = plan,
        .without_eval = without_eval,
        .memory_end = (uint64_t)MEMORY_MB << 20,
        .write = write_console,
        .set_thread_pointer = set_thread_pointer,
        .exit = leave,
        .save = save,
        .rehearse = rehearse,
    };
    run_before();
    linux_fault_install(&(struct linux_fault_image){image.guard_start, image.guard_end, image.bytes, image.size});
    recorder_prepare();
    linux_call3(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0);
    restrict_process();
    enter(number_of(argv[1]));
}
