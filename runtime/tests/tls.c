/* SPDX-License-Identifier: ISC */
/* Thread-local storage: initial values, zeroed variables, and two blocks that do not mix. */
#include "guest.h"

static _Thread_local uint64_t initialised = 0x1122334455667788;
static _Thread_local uint64_t zeroed;

/* Where the thread pointer points is not known to the optimiser. */
static __attribute__((noinline)) void use(uintptr_t block)
{
    expect(solo5_set_tls_base(solo5_tls_tp_offset(block)) == SOLO5_R_OK, "a thread pointer to be set");
    __asm__ volatile("" : : : "memory");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const uintptr_t first = info->heap_start, second = info->heap_start + 4096;
    expect(solo5_tls_init(0) == SOLO5_R_EINVAL, "a null block to be refused");
    expect(solo5_tls_size() >= 24 && solo5_tls_size() < 4096, "a plausible size");
    expect(solo5_tls_init(first) == SOLO5_R_OK && solo5_tls_init(second) == SOLO5_R_OK, "two blocks");
    use(first);
    expect(initialised == 0x1122334455667788 && zeroed == 0, "initial values");
    initialised = 1;
    zeroed = 2;
    use(second);
    expect(initialised == 0x1122334455667788 && zeroed == 0, "initial values in the second block");
    use(first);
    expect(initialised == 1 && zeroed == 2, "values kept");
    return succeed();
}
