/* SPDX-License-Identifier: ISC */
/* A virtual machine of KVM (Documentation/virt/kvm/api.rst): memory and one processor. */
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "hvt.h"
#include "linux.h"
#include "message.h"
#include "system_memory.h"

static long kvm_call(int fd, unsigned long request, long argument, const char *what)
{
    const long result = linux_ioctl(fd, request, argument);
    if (result < 0)
        fail("KVM cannot ", what, ": ", error_name(result),
             " (build the image for spt: pymirage configure -t spt)");
    return result;
}

static int open_kvm(void)
{
    const long fd = linux_open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (fd == -ENOENT || fd == -ENODEV || fd == -ENXIO)
        fail("this machine has no /dev/kvm (modprobe kvm_intel or kvm_amd; in a virtual machine, allow nesting; ",
             "or build the image for spt: pymirage configure -t spt)");
    if (fd == -EACCES || fd == -EPERM)
        fail("/dev/kvm: permission denied (sudo usermod -aG kvm $USER and log in again; ",
             "or build the image for spt: pymirage configure -t spt)");
    if (fd < 0)
        fail("/dev/kvm: ", error_name(fd));
    if (linux_ioctl((int)fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        fail("/dev/kvm speaks another version of the KVM API than 12");
    return (int)fd;
}

void *vm_map_memory(uint64_t size)
{
    const long at = linux_mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (linux_failed(at))
        fail("the host refused ", number(size >> 20), " MB of memory: ", error_name(at),
             " (give less with --mem=MB)");
    return (void *)at;
}

void vm_add_memory(const struct vm *vm, enum vm_slot slot, uint64_t address, void *memory, uint64_t size)
{
    const struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = address,
        .memory_size = size,
        .userspace_addr = (uintptr_t)memory,
    };
    kvm_call(vm->vm, KVM_SET_USER_MEMORY_REGION, (long)&region, "map the guest's memory");
}

void vm_create(struct vm *vm)
{
    vm->kvm = open_kvm();
    vm->vm = (int)kvm_call(vm->kvm, KVM_CREATE_VM, 0, "create a virtual machine");
    vm->vcpu = (int)kvm_call(vm->vm, KVM_CREATE_VCPU, 0, "create a processor");
    const long run_size = kvm_call(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0, "tell a size");
    const long run = linux_mmap(0, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
    if (linux_failed(run))
        fail("KVM cannot share a processor's state: ", error_name(run));
    vm->run = (struct kvm_run *)run;
    vm->system = vm_map_memory(SYSTEM_SIZE);
    vm_add_memory(vm, VM_SLOT_GUEST, 0, vm->memory, vm->memory_size);
    vm_add_memory(vm, VM_SLOT_SYSTEM, HVT_SYSTEM_BASE, vm->system, SYSTEM_SIZE);
}

void *guest_memory(const struct vm *vm, uint64_t address, uint64_t size, bool for_writing)
{
    if (address < HVT_BOOT_INFO_BASE || address > vm->memory_size || size > vm->memory_size - address ||
        (for_writing && address < HVT_GUEST_MIN_BASE))
        fail("the image passed memory that is not its own to the host (", number(size), " octets at ",
             number(address), ")");
    for (unsigned i = 0; i < vm->image->segment_count; i++) {
        const struct segment *segment = &vm->image->segments[i];
        const bool overlaps = address < segment->end && segment->start < address + size;
        if (overlaps && (for_writing ? !segment->writable : !segment->readable && !segment->executable))
            fail("the image passed memory that it may not ", for_writing ? "write" : "read", " to the host (",
                 number(size), " octets at ", number(address), ")");
    }
    return vm->memory + address;
}
