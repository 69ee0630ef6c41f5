/* SPDX-License-Identifier: ISC */
/*
 * A tender's first instructions. It is a static, position-independent program without a C library: the
 * kernel loads it at a random high address, clear of a guest that wants the low ones, and its start-up is
 * this file. So it comes up in a fraction of a millisecond and stays a few pages large.
 */
#include <linux/elf.h>
#include <stdint.h>

#include "tender.h"

enum { R_X86_64_RELATIVE = 8, DT_RELA_TAG = 7, DT_RELASZ_TAG = 8 };

__asm__(".globl _start\n"
        ".hidden _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "  xorl %ebp, %ebp\n"
        "  movq %rsp, %rdi\n"
        "  leaq __ehdr_start(%rip), %rsi\n"
        "  leaq _DYNAMIC(%rip), %rdx\n"
        "  andq $-16, %rsp\n"
        "  call tender_start\n"
        "  ud2\n");

/* Adds the load address to every pointer in static data (System V ABI for x86-64, 4.4). */
static void relocate(uint64_t base, const Elf64_Dyn *dynamic)
{
    const Elf64_Rela *table = 0;
    uint64_t size = 0;
    for (; dynamic->d_tag; dynamic++) {
        if (dynamic->d_tag == DT_RELA_TAG)
            table = (const Elf64_Rela *)(base + dynamic->d_un.d_ptr);
        if (dynamic->d_tag == DT_RELASZ_TAG)
            size = dynamic->d_un.d_val;
    }
    for (uint64_t i = 0; i < size / sizeof *table; i++)
        if (ELF64_R_TYPE(table[i].r_info) == R_X86_64_RELATIVE)
            *(uint64_t *)(base + table[i].r_offset) = base + (uint64_t)table[i].r_addend;
}

__attribute__((used)) _Noreturn void tender_start(uint64_t *stack, uint64_t base, const Elf64_Dyn *dynamic)
{
    relocate(base, dynamic);
    tender_main((char **)(stack + 1));
}
