/* SPDX-License-Identifier: ISC */
/* The image is process 1, user 0, on one processor, and cannot make another. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "pages.h"
#include "shim.h"
#include "solo5.h"
#include "stage.h"

/* exit_group: exit(), which start.c calls with Python's status. */
long process_exit(long status)
{
    stage_exit((int)status & 0xff);
}

/* tkill: abort(), after Python has said why on the console. Other signals have nobody to go to. */
long process_signal(long signal)
{
    if (signal == SIGABRT)
        stage_exit(SOLO5_EXIT_ABORT);
    return -ESRCH;
}

/* uname: the platform module. sys.platform says "linux" (the C library's interface); this says what is there. */
long process_name(void *name)
{
    struct utsname *result = name;

    *result = (struct utsname){.sysname = "pymirage", .nodename = "pymirage", .machine = "x86_64"};
    strlcpy(result->release, solo5_target(), sizeof result->release);
    return 0;
}

/* sched_getaffinity: os.cpu_count(), through sysconf(). Answers the octets written, as the kernel does. */
long process_affinity(size_t size, unsigned long *mask)
{
    if (size < sizeof *mask)
        return -EINVAL;
    *mask = 1;
    return sizeof *mask;
}

/* sysinfo: os.sysconf("SC_PHYS_PAGES"). */
long process_memory(void *information)
{
    struct pages_use use = pages_use();

    *(struct sysinfo *)information = (struct sysinfo){
        .totalram = use.total, .freeram = use.total - use.used, .mem_unit = PAGE, .procs = 1};
    return 0;
}
