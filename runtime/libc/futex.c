/* SPDX-License-Identifier: ISC */
/* Locks with one thread: nobody else can release one, so waiting ends by the timeout or never. */
#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "shim.h"
#include "solo5.h"
#include "stage.h"

enum { FUTEX_WAIT = 0, OPERATION = 0x7f };

/* futex: pthread mutexes and conditions, beneath threading.Lock and the interpreter's lock. */
long futex(int *word, long operation, int value, const struct timespec *timeout)
{
    if ((operation & OPERATION) != FUTEX_WAIT)
        return 0;
    if (*word != value)
        return -EAGAIN;
    if (!timeout) {
        message("deadlock: the only thread waits for a lock that nobody can release");
        stage_exit(SOLO5_EXIT_ABORT);
    }
    time_sleep(CLOCK_MONOTONIC, 0, timeout);
    return -ETIMEDOUT;
}
