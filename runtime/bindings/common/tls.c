/* SPDX-License-Identifier: ISC */
/*
 * A thread-local block as the ELF TLS ABI lays it out on x86-64 (variant II): .tdata and .tbss end at the
 * thread pointer, which points at a control block that begins with its own address.
 */
#include "bindings.h"

/* By image.lds; the last two are numbers. */
extern char __tdata_start[], __tdata_end[], __tls_size[], __tls_alignment[];

/* The linker places variables relative to a thread pointer that has the segment's alignment. */
static size_t data_size(void)
{
    const size_t alignment = (size_t)(uintptr_t)__tls_alignment, size = (size_t)(uintptr_t)__tls_size;
    return alignment ? (size + alignment - 1) & ~(alignment - 1) : size;
}

size_t solo5_tls_size(void)
{
    return data_size() + sizeof(uintptr_t);
}

uintptr_t solo5_tls_tp_offset(uintptr_t tls)
{
    return tls + data_size();
}

solo5_result_t solo5_tls_init(uintptr_t tls)
{
    if (!tls)
        return SOLO5_R_EINVAL;
    const uintptr_t thread_pointer = solo5_tls_tp_offset(tls);
    *(uintptr_t *)thread_pointer = thread_pointer;
    memcpy((void *)tls, __tdata_start, (size_t)(__tdata_end - __tdata_start));
    return SOLO5_R_OK;
}
