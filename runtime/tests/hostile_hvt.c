/* SPDX-License-Identifier: ISC */
/* A guest that attacks the hvt tender through the hypercall that its argument names. */
#include "guest.h"
#include "hvt_abi.h"

extern char _stext[], __guard_start[];

static void call_at(int number, uint64_t address)
{
    __asm__ volatile("outl %0, %1"
                     :
                     : "a"((uint32_t)address), "d"((uint16_t)(HVT_HYPERCALL_PIO_BASE + number))
                     : "memory");
}

static uint64_t memory_end(const struct solo5_start_info *info)
{
    return info->heap_start + info->heap_size;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const char *attack = info->cmdline;
    struct hvt_hc_puts puts = {.data = (uintptr_t)info, .len = 1};
    struct hvt_hc_net net = {.handle = 1ULL << 40};
    struct hvt_hc_block block = {.handle = 1, .data = (uintptr_t)_stext, .len = 512};

    if (same(attack, "argument_null"))
        call_at(HVT_HYPERCALL_PUTS, 0);
    if (same(attack, "argument_past_memory"))
        call_at(HVT_HYPERCALL_WALLTIME, memory_end(info));
    if (same(attack, "argument_across_end"))
        call_at(HVT_HYPERCALL_WALLTIME, memory_end(info) - 4);
    if (same(attack, "answer_into_text"))
        call_at(HVT_HYPERCALL_WALLTIME, (uintptr_t)_stext);
    if (same(attack, "answer_into_guard"))
        call_at(HVT_HYPERCALL_WALLTIME, (uintptr_t)__guard_start);
    if (same(attack, "answer_into_boot_info"))
        call_at(HVT_HYPERCALL_WALLTIME, 0x10000);
    if (same(attack, "console_wraps"))
        puts.data = ~0ULL - 10, puts.len = 100, call_at(HVT_HYPERCALL_PUTS, (uintptr_t)&puts);
    if (same(attack, "console_huge"))
        puts.len = ~0ULL, call_at(HVT_HYPERCALL_PUTS, (uintptr_t)&puts);
    if (same(attack, "console_guard"))
        puts.data = (uintptr_t)__guard_start, call_at(HVT_HYPERCALL_PUTS, (uintptr_t)&puts);
    if (same(attack, "no_such_call"))
        call_at(9, (uintptr_t)&puts);
    if (same(attack, "block_into_text"))
        call_at(HVT_HYPERCALL_BLOCK_READ, (uintptr_t)&block);
    if (same(attack, "no_such_handle")) {
        call_at(HVT_HYPERCALL_NET_READ, (uintptr_t)&net);
        expect(net.ret == SOLO5_R_EINVAL, "the handle to be refused");
        return succeed();
    }
    if (same(attack, "short_write"))
        __asm__ volatile("outb %0, %1" : : "a"((uint8_t)0), "d"((uint16_t)0x502));
    if (same(attack, "read_port"))
        __asm__ volatile("inl %%dx, %%eax" : : "d"((uint16_t)0x502) : "eax");
    print("no complaint\n");
    return SOLO5_EXIT_SUCCESS;
}
