/* SPDX-License-Identifier: ISC */
/*
 * A processor that runs the guest at privilege level 3 in 64-bit mode. FSGSBASE lets it set its
 * thread pointer. Two things let it make hypercalls by OUT, and every KVM honours at least one: PVM only
 * the I/O map of the task state (descriptors.c), QEMU's emulation only IOPL 3. A port that is no hypercall
 * ends the guest, here or by a fault.
 */
#include "hvt.h"
#include "linux.h"
#include "message.h"
#include "processor.h"
#include "system_memory.h"
#include "xcr0.h"

/* Intel SDM volume 3, 2.5. */
enum {
    CR0_PE = 1 << 0,
    CR0_MP = 1 << 1,
    CR0_ET = 1 << 4,
    CR0_NE = 1 << 5,
    CR0_WP = 1 << 16,
    CR4_PAE = 1 << 5,
    CR4_OSFXSR = 1 << 9,
    CR4_OSXMMEXCPT = 1 << 10,
    CR4_FSGSBASE = 1 << 16,
    EFER_LME = 1 << 8,
    EFER_LMA = 1 << 10,
    EFER_NXE = 1 << 11,
    RFLAGS_FIXED = 1 << 1,
    RFLAGS_IOPL_3 = 3 << 12,
};
#define CR0_PG (1UL << 31)

static struct kvm_sregs system;

void cpu_build_tables(struct vm *vm)
{
    system = (struct kvm_sregs){
        .cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG,
        .cr3 = page_tables_build(vm),
        .cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_FSGSBASE,
        .efer = EFER_LME | EFER_LMA | EFER_NXE,
    };
    descriptors_build(vm, &system);
}

void cpu_prepare(struct vm *vm, uint64_t entry, uint64_t argument)
{
    processor_features(vm);
    if (processor_widen_vectors(vm))
        system.cr4 |= CR4_OSXSAVE;
    const struct kvm_regs registers = {
        .rip = entry,
        .rsp = vm->memory_size - 8, /* as a call leaves it; the image goes to its own stack at once */
        .rdi = argument,
        .rflags = RFLAGS_FIXED | RFLAGS_IOPL_3,
    };
    processor_start(vm, &system, &registers);
}
