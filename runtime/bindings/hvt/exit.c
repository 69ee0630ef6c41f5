/* SPDX-License-Identifier: ISC */
/* hvt: the end. */
#include "hvt.h"

void solo5_exit(int status)
{
    struct hvt_hc_halt halt = {.exit_status = status};
    for (;;)
        hypercall(HVT_HYPERCALL_HALT, &halt);
}

void solo5_abort(void)
{
    solo5_exit(SOLO5_EXIT_ABORT);
}
