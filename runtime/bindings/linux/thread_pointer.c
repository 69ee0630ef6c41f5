/* SPDX-License-Identifier: ISC */
/* Linux process: the thread pointer. */
#include <asm/prctl.h>

#include "process.h"

solo5_result_t solo5_set_tls_base(uintptr_t base)
{
    return linux_call3(__NR_arch_prctl, ARCH_SET_FS, (long)base, 0) < 0 ? SOLO5_R_EINVAL : SOLO5_R_OK;
}
