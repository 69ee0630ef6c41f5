/* SPDX-License-Identifier: ISC */
/* hvt: the console. */
#include "hvt.h"

void solo5_console_write(const char *buf, size_t size)
{
    struct hvt_hc_puts puts = {.data = (uintptr_t)buf, .len = size};
    hypercall(HVT_HYPERCALL_PUTS, &puts);
}
