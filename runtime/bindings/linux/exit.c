/* SPDX-License-Identifier: ISC */
/* Linux process: the end. */
#include "process.h"

void solo5_exit(int status)
{
    linux_exit(status);
}

void solo5_abort(void)
{
    solo5_exit(SOLO5_EXIT_ABORT);
}
