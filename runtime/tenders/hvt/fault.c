/* SPDX-License-Identifier: ISC */
/* Ends a guest that stopped for anything but a hypercall: a machine fault, or a limit of the host's KVM. */
#include "fault_report.h"
#include "hvt.h"
#include "linux.h"
#include "memory.h"
#include "message.h"
#include "system_memory.h"

/* Vectors that come with an error code: Intel SDM volume 3, table 6-1. */
static bool has_error_code(uint64_t vector)
{
    return 0x227d00 >> vector & 1;
}

static void copy_registers(struct fault_registers *to, const struct kvm_regs *from)
{
    *to = (struct fault_registers){from->rax, from->rbx, from->rcx, from->rdx, from->rsi, from->rdi,
                                   from->rbp, from->rsp, from->r8,  from->r9,  from->r10, from->r11,
                                   from->r12, from->r13, from->r14, from->r15, from->rip, from->rflags};
}

/* A gate's stub halted: RIP is past it and the stack, ours, holds [error code,] RIP, CS, RFLAGS, RSP, SS. */
static bool at_stub(const struct vm *vm, const struct kvm_regs *registers, uint64_t *vector)
{
    const uint64_t stubs = HVT_SYSTEM_BASE + SYSTEM_STUBS, stack_end = HVT_SYSTEM_BASE + SYSTEM_STACK_END;
    if (vm->run->exit_reason != KVM_EXIT_HLT || registers->rip <= stubs || registers->rip > stubs + FAULT_VECTORS)
        return false;
    *vector = registers->rip - 1 - stubs;
    const uint64_t frame = has_error_code(*vector) ? 48 : 40;
    return registers->rsp == stack_end - frame;
}

static void read_frame(const struct vm *vm, uint64_t stack, struct fault *fault)
{
    const uint64_t *frame = (const uint64_t *)(vm->system + (stack - HVT_SYSTEM_BASE));
    if (has_error_code(fault->vector))
        fault->error_code = *frame++;
    fault->registers.rip = frame[0];
    fault->registers.rflags = frame[2];
    fault->registers.rsp = frame[3];
}

static void add_unexpected(struct text *text, const struct vm *vm)
{
    const struct kvm_run *run = vm->run;
    if (run->exit_reason == KVM_EXIT_IO) {
        text_add(text, "fault: I/O port ");
        text_hexadecimal(text, run->io.port);
        text_add(text, " is no hypercall");
        return;
    }
    text_add(text, "fault: the processor stopped, KVM exit ");
    text_decimal(text, run->exit_reason);
    if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR) {
        text_add(text, ", internal error ");
        text_decimal(text, run->internal.suberror);
    }
}

_Noreturn void fault_report_exit(struct vm *vm)
{
    static struct text text;
    struct kvm_regs registers = {0};
    struct kvm_sregs system = {0};
    linux_ioctl(vm->vcpu, KVM_GET_REGS, (long)&registers);
    linux_ioctl(vm->vcpu, KVM_GET_SREGS, (long)&system);
    const struct symbols symbols = symbols_of(vm->image->bytes, vm->image->size);
    struct fault fault = {
        .address = system.cr2,
        .guard_start = vm->image->guard_start,
        .guard_end = vm->image->guard_end,
    };
    copy_registers(&fault.registers, &registers);
    if (at_stub(vm, &registers, &fault.vector)) {
        read_frame(vm, registers.rsp, &fault);
        fault_report(&text, &fault, &symbols);
    } else {
        add_unexpected(&text, vm);
        fault_report_where(&text, &fault.registers, &symbols);
    }
    linux_write(2, text.bytes, text.length);
    linux_exit(255);
}
