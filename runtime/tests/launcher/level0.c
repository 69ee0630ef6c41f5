/* SPDX-License-Identifier: ISC */
/*
 * For tests on ordinary KVM: linked in place of the hvt tender's level3.c, it prepares the processor as
 * Solo5's tender does, at privilege level 0 with tables in the guest's low memory, which its page tables
 * leave out. So an image shows that it also runs there. Nobody is protected from such a guest's faults.
 */
#include "hvt.h"
#include "memory.h"
#include "net_ring_abi.h"
#include "net_rings.h"
#include "processor.h"

enum { DESCRIPTORS = 0x1000, ROOT = 0x2000, POINTERS = 0x3000, DIRECTORIES = 0x4000, FIRST_TABLE = 0x8000, RINGS = 0x9000 };
enum { PRESENT = 1 << 0, WRITABLE = 1 << 1, LARGE = 1 << 7 };
enum { LARGE_PAGE = 0x200000 };
enum { CODE = 0x08, DATA = 0x10 };

static uint64_t *table(const struct vm *vm, uint64_t address)
{
    return (uint64_t *)(vm->memory + address);
}

/* The identity; of the first 2 MiB only what lies above the tables; rings as far as one directory reaches. */
static void build_page_tables(const struct vm *vm)
{
    *table(vm, ROOT) = POINTERS | PRESENT | WRITABLE;
    for (uint64_t i = 0; i < 4; i++)
        table(vm, POINTERS)[i] = (DIRECTORIES + i * PAGE_SIZE) | PRESENT | WRITABLE;
    for (uint64_t at = 0; at < vm->memory_size; at += LARGE_PAGE)
        table(vm, DIRECTORIES)[at / LARGE_PAGE] = at | PRESENT | WRITABLE | LARGE;
    *table(vm, DIRECTORIES) = FIRST_TABLE | PRESENT | WRITABLE;
    for (uint64_t at = HVT_BOOT_INFO_BASE; at < LARGE_PAGE; at += PAGE_SIZE)
        table(vm, FIRST_TABLE)[at / PAGE_SIZE] = at | PRESENT | (at < HVT_GUEST_MIN_BASE ? 0 : WRITABLE);
    table(vm, POINTERS)[HVT_NET_RINGS_BASE >> 30] = RINGS | PRESENT | WRITABLE;
    for (uint64_t at = 0; at < net_rings_memory_size(); at += LARGE_PAGE)
        table(vm, RINGS)[at / LARGE_PAGE] = (vm->rings_address + at) | PRESENT | WRITABLE | LARGE;
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, uint8_t is_code)
{
    return (struct kvm_segment){.limit = 0xffffffff,
                                .selector = selector,
                                .type = type,
                                .present = 1,
                                .db = !is_code,
                                .s = 1,
                                .l = is_code,
                                .g = 1};
}

void cpu_build_tables(struct vm *vm)
{
    build_page_tables(vm);
    table(vm, DESCRIPTORS)[CODE / 8] = 0x00af99000000ffff;
    table(vm, DESCRIPTORS)[DATA / 8] = 0x00cf93000000ffff;
}

void cpu_prepare(struct vm *vm, uint64_t entry, uint64_t argument)
{
    processor_features(vm);
    struct kvm_sregs system = {
        .cr0 = 0x80010021, /* PG, WP, NE, PE */
        .cr3 = ROOT,
        .cr4 = 0x620,  /* OSXMMEXCPT, OSFXSR, PAE */
        .efer = 0x500, /* LMA, LME */
        .cs = segment(CODE, 9, 1),
        .tr = {.type = 11, .present = 1},
        .ldt = {.unusable = 1},
        .gdt = {.base = DESCRIPTORS, .limit = 23},
    };
    system.ss = system.ds = system.es = system.fs = system.gs = segment(DATA, 3, 0);
    const struct kvm_regs registers = {
        .rip = entry,
        .rsp = vm->memory_size - 8,
        .rdi = argument,
        .rflags = 2,
    };
    processor_start(vm, &system, &registers);
}
