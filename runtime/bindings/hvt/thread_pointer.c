/* SPDX-License-Identifier: ISC */
/* hvt: the thread pointer. Level 3 may write it by instruction, which our tender enables; level 0 by register. */
#include "hvt.h"

enum { IA32_FS_BASE = 0xc0000100 };

solo5_result_t solo5_set_tls_base(uintptr_t base)
{
    if (at_level_0())
        __asm__ volatile("wrmsr" : : "c"(IA32_FS_BASE), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
    else
        __asm__ volatile("wrfsbase %0" : : "r"(base));
    return SOLO5_R_OK;
}
