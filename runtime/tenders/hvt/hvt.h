/* SPDX-License-Identifier: ISC */
/* What the files of the hvt tender share. main.c is the table of contents. */
#ifndef PYMIRAGE_TENDER_HVT_H
#define PYMIRAGE_TENDER_HVT_H

#include <linux/kvm.h>

#include "hvt_abi.h"
#include "image.h"

/*
 * The guest's addresses:
 *
 *   0            nothing
 *   BOOT_INFO    what the guest is told, read only
 *   0x100000     the image, then heap, to memory_size
 *   SYSTEM       ours, not the guest's: descriptor tables, page tables (system_memory.h)
 *   NET_RINGS    shared: frames on their way (net_ring_abi.h), when the image knows them
 *
 * The machine's memory is one piece of this process: up to memory_size the mapping is the identity, and the last two
 * follow there.
 */
#define HVT_BOOT_INFO_BASE 0x10000UL
#define HVT_SYSTEM_BASE 0x100000000UL
#define HVT_MAXIMUM_MEMORY_MB 4096 /* a hypercall's argument has 32 bits, and SYSTEM follows */

struct vm {
    int kvm, vm, vcpu;
    struct kvm_run *run;
    uint8_t *memory; /* the machine's address 0 */
    uint64_t size, memory_size; /* all of it, and the guest's own */
    uint64_t system_address, rings_address; /* the machine's of the other two */
    uint8_t *system; /* the host's view of SYSTEM */
    const struct image *image;
    int epollfd, timerfd;
    uint64_t net_headers; /* devices whose frames have a struct solo5_net_header before them */
};

/* Opens KVM; fails with a message that says what to do. */
void vm_open(struct vm *vm);

/* Maps the machine's memory into this process, zeroed when it is touched. */
void vm_map(struct vm *vm);

/* Makes a machine with this memory and one processor. */
void vm_create(struct vm *vm);

/* Builds the processor's tables in memory. */
void cpu_build_tables(struct vm *vm);

/*
 * Makes the processor ready to run at (entry) with (argument) in RDI. In the tender it runs at privilege
 * level 3 (level3.c); a test launcher runs it at level 0 as Solo5's tender does.
 */
void cpu_prepare(struct vm *vm, uint64_t entry, uint64_t argument);

/* The frequency of the guest's time-stamp counter, Hz. */
uint64_t cpu_frequency(const struct vm *vm);

/* Leaves this process what vm_run needs. */
void hvt_filter(const struct vm *vm);

/* Runs the guest until it halts and returns its exit status. */
int vm_run(struct vm *vm);

/* Answers hypercall (number), whose argument is at guest address (address). */
void hypercall_answer(struct vm *vm, unsigned number, uint64_t address);

/* Says why the guest stopped when it was not for a hypercall, and exits with status 255. */
_Noreturn void fault_report_exit(struct vm *vm);

/*
 * (size) octets at guest address (address), for this process to read or write. Fails with a message when
 * they are not all the guest's own to read or write.
 */
void *guest_memory(const struct vm *vm, uint64_t address, uint64_t size, bool for_writing);

#endif
