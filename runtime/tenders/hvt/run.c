/* SPDX-License-Identifier: ISC */
/* The loop: run the guest, answer what it stopped for. */
#include <asm/errno.h>

#include "hvt.h"
#include "linux.h"
#include "message.h"
#include "net_rings.h"

static uint32_t port_value(const struct vm *vm)
{
    return *(const uint32_t *)((const uint8_t *)vm->run + vm->run->io.data_offset);
}

/* Returns true when the guest halted, with its status. */
static bool answer_port(struct vm *vm, int *status)
{
    const struct kvm_run *run = vm->run;
    if (run->io.direction != KVM_EXIT_IO_OUT || run->io.size != 4 || run->io.count != 1 ||
        run->io.port < HVT_HYPERCALL_PIO_BASE)
        fault_report_exit(vm);
    const unsigned hypercall = run->io.port - HVT_HYPERCALL_PIO_BASE;
    const uint64_t address = port_value(vm);
    if (hypercall == HVT_HYPERCALL_HALT) {
        const struct hvt_hc_halt *halt = guest_memory(vm, address, sizeof *halt, false);
        *status = halt->exit_status & 0xff;
        net_rings_send_all(); /* its last words */
        return true;
    }
    hypercall_answer(vm, hypercall, address);
    return false;
}

int vm_run(struct vm *vm)
{
    int status;
    for (;;) {
        const long result = linux_ioctl(vm->vcpu, KVM_RUN, 0);
        if (result == -EINTR || result == -EAGAIN)
            continue;
        /* EFAULT is memory that the host withholds, such as the guard page of an image at level 0. */
        if (result < 0 || vm->run->exit_reason != KVM_EXIT_IO)
            fault_report_exit(vm);
        if (answer_port(vm, &status))
            return status;
    }
}
