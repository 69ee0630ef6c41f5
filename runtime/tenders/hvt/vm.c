/* SPDX-License-Identifier: ISC */
/* A virtual machine of KVM (Documentation/virt/kvm/api.rst): memory and one processor. */
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "hvt.h"
#include "linux.h"
#include "message.h"
#include "net_rings.h"
#include "system_memory.h"

#define RINGS_ALIGNMENT 0x200000UL /* of the largest page that a guest's tables may map them with */

static long kvm_call(int fd, unsigned long request, long argument, const char *what)
{
    const long result = linux_ioctl(fd, request, argument);
    if (result < 0)
        fail("KVM cannot ", what, ": ", error_name(result),
             " (build the image for spt: pymirage configure -t spt)");
    return result;
}

void vm_open(struct vm *vm)
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
    vm->kvm = (int)fd;
}

void vm_map(struct vm *vm)
{
    vm->system_address = vm->memory_size;
    vm->rings_address = (vm->system_address + SYSTEM_SIZE + RINGS_ALIGNMENT - 1) & ~(RINGS_ALIGNMENT - 1);
    vm->size = vm->rings_address + net_rings_memory_size();
    const long at =
        linux_mmap(0, vm->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (linux_failed(at))
        fail("the host refused ", number(vm->memory_size >> 20), " MB of memory: ", error_name(at),
             " (give less with --mem=MB)");
    vm->memory = (uint8_t *)at;
    vm->system = vm->memory + vm->system_address;
}

/* One slot for everything: each makes the kernel wait until no processor uses the old set of slots. */
static void add_memory(const struct vm *vm)
{
    const struct kvm_userspace_memory_region region = {
        .memory_size = vm->size,
        .userspace_addr = (uintptr_t)vm->memory,
    };
    kvm_call(vm->vm, KVM_SET_USER_MEMORY_REGION, (long)&region, "map the guest's memory");
}

void vm_create(struct vm *vm)
{
    vm->vm = (int)kvm_call(vm->kvm, KVM_CREATE_VM, 0, "create a virtual machine");
    vm->vcpu = (int)kvm_call(vm->vm, KVM_CREATE_VCPU, 0, "create a processor");
    const long run_size = kvm_call(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0, "tell a size");
    const long run = linux_mmap(0, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
    if (linux_failed(run))
        fail("KVM cannot share a processor's state: ", error_name(run));
    vm->run = (struct kvm_run *)run;
    add_memory(vm);
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
