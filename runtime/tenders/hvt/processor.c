/* SPDX-License-Identifier: ISC */
/* A processor's features, clock and registers: see processor.h. */
#include "processor.h"

#include <asm/errno.h>

#include "linux.h"
#include "message.h"
#include "xcr0.h"

enum { MAXIMUM_CPUID_ENTRIES = 256 };

static struct {
    struct kvm_cpuid2 header;
    struct kvm_cpuid_entry2 entries[MAXIMUM_CPUID_ENTRIES];
} cpuid;

static void require_described(long result)
{
    if (result < 0)
        fail("KVM cannot describe the processor: ", error_name(result));
}

void processor_ask_features(void *vm)
{
    cpuid.header.nent = MAXIMUM_CPUID_ENTRIES;
    require_described(linux_ioctl(((struct vm *)vm)->kvm, KVM_GET_SUPPORTED_CPUID, (long)&cpuid));
}

void processor_features(struct vm *vm)
{
    require_described(linux_ioctl(vm->vcpu, KVM_SET_CPUID2, (long)&cpuid));
}

static const struct kvm_cpuid_entry2 *entry_of(uint32_t function)
{
    static const struct kvm_cpuid_entry2 none;
    for (uint32_t i = 0; i < cpuid.header.nent; i++)
        if (cpuid.entries[i].function == function && cpuid.entries[i].index == 0)
            return &cpuid.entries[i];
    return &none;
}

bool processor_widen_vectors(struct vm *vm)
{
    const uint32_t widest = xcr0_widest(entry_of(CPUID_FEATURES)->ecx, entry_of(CPUID_XSAVE)->eax);
    const struct kvm_xcrs registers = {.nr_xcrs = 1, .xcrs = {{.value = widest}}};
    return widest && linux_ioctl(vm->vcpu, KVM_SET_XCRS, (long)&registers) >= 0;
}

uint64_t cpu_frequency(const struct vm *vm)
{
    const long kilohertz = linux_ioctl(vm->vcpu, KVM_GET_TSC_KHZ, 0);
    if (kilohertz <= 0)
        fail("the host's clock (TSC) is not stable enough for a guest: ", error_name(kilohertz),
             " (build the image for spt: pymirage configure -t spt)");
    return (uint64_t)kilohertz * 1000;
}

void processor_start(struct vm *vm, const struct kvm_sregs *system, const struct kvm_regs *registers)
{
    long result = linux_ioctl(vm->vcpu, KVM_SET_SREGS, (long)system);
    if (result == -EINVAL)
        fail("KVM refused the processor's state: it is older than FSGSBASE (2012), which an unprivileged guest ",
             "needs (build the image for spt: pymirage configure -t spt)");
    if (result >= 0)
        result = linux_ioctl(vm->vcpu, KVM_SET_REGS, (long)registers);
    if (result < 0)
        fail("KVM refused the processor's state: ", error_name(result));
}
