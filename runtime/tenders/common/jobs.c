/* SPDX-License-Identifier: ISC */
/* Work beside other work: see jobs.h. */
#include "jobs.h"

#include "thread.h"

static struct {
    struct {
        void (*function)(void *);
        void *argument;
    } all[JOBS_MOST];
    uint32_t count, next; /* (next) is the first that nobody has taken */
    bool has_thread;
    struct thread thread;
} jobs;

bool jobs_add(void (*function)(void *), void *argument)
{
    if (jobs.count == JOBS_MOST)
        return false;
    jobs.all[jobs.count].function = function;
    jobs.all[jobs.count++].argument = argument;
    return true;
}

/* Both threads do this. */
static void do_all(void *unused)
{
    uint32_t mine;
    (void)unused;
    while ((mine = __atomic_fetch_add(&jobs.next, 1, __ATOMIC_RELAXED)) < jobs.count)
        jobs.all[mine].function(jobs.all[mine].argument);
}

void jobs_start(void)
{
    jobs.has_thread = jobs.count && thread_start(&jobs.thread, do_all, 0) >= 0;
}

void jobs_finish(void)
{
    do_all(0);
    if (jobs.has_thread)
        thread_join(&jobs.thread);
}
