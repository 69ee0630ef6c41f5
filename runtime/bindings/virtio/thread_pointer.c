/* SPDX-License-Identifier: ISC */
/* virtio: the thread pointer, by register: the instruction for it is not on every processor. */
#include "virtio.h"

enum { IA32_FS_BASE = 0xc0000100 };

solo5_result_t solo5_set_tls_base(uintptr_t base)
{
    wrmsr(IA32_FS_BASE, base);
    return SOLO5_R_OK;
}
