/* SPDX-License-Identifier: ISC */
/*
 * Descriptor tables for a guest at level 3. A fault takes the processor through a gate to level 0, on our
 * stack, to a stub that is one HLT: so every fault becomes an exit, RIP tells its vector, the stack holds
 * what the processor saved and the other registers are still the guest's. (Without gates a fault would end
 * as a triple fault, and some processors then lose the registers.)
 */
#include "system_memory.h"

enum { OPCODE_HLT = 0xf4 };
enum { CODE_0 = 0x08, DATA_0 = 0x10, TASK = 0x18, DATA_3 = 0x28, CODE_3 = 0x30 };

enum { TASK_OFFSET = 0x100, LAST_PORT = HVT_HYPERCALL_PIO_BASE + 0x7f };

struct gate { /* Intel SDM volume 3, figure 6-8 */
    uint16_t offset_0, selector;
    uint8_t stack, type;
    uint16_t offset_16;
    uint32_t offset_32, reserved;
};

struct __attribute__((packed)) task_state { /* figure 8-11 */
    uint32_t reserved_0;
    uint64_t stack_of_level[3], reserved_1, interrupt_stack[7], reserved_2;
    uint16_t reserved_3, io_map_base;
    uint8_t io_map[LAST_PORT / 8 + 2]; /* a bit for each port, 0 allows it; one octet more, all ones */
};

static void write_descriptors(struct vm *vm)
{
    uint64_t *descriptors = (uint64_t *)(vm->system + SYSTEM_DESCRIPTORS);
    const uint64_t task = HVT_SYSTEM_BASE + SYSTEM_DESCRIPTORS + TASK_OFFSET;
    descriptors[CODE_0 / 8] = 0x00af9b000000ffff;
    descriptors[DATA_0 / 8] = 0x00cf93000000ffff;
    descriptors[DATA_3 / 8] = 0x00cff3000000ffff;
    descriptors[CODE_3 / 8] = 0x00affb000000ffff;
    descriptors[TASK / 8] = (sizeof(struct task_state) - 1) | (task & 0xffffff) << 16 | 0x8bULL << 40 |
                            (task >> 24 & 0xff) << 56; /* busy 64-bit TSS, figure 8-4 */
    descriptors[TASK / 8 + 1] = task >> 32;
    struct task_state *state = (void *)(vm->system + SYSTEM_DESCRIPTORS + TASK_OFFSET);
    state->stack_of_level[0] = HVT_SYSTEM_BASE + SYSTEM_STACK_END;
    state->io_map_base = offsetof(struct task_state, io_map);
    memset(state->io_map, 0xff, sizeof state->io_map);
    memset(state->io_map + HVT_HYPERCALL_PIO_BASE / 8, 0, (LAST_PORT + 1 - HVT_HYPERCALL_PIO_BASE) / 8);
}

static void write_gates(struct vm *vm)
{
    struct gate *gates = (void *)(vm->system + SYSTEM_GATES);
    for (unsigned i = 0; i < FAULT_VECTORS; i++) {
        const uint64_t stub = HVT_SYSTEM_BASE + SYSTEM_STUBS + i;
        const bool by_instruction = i == 3 || i == 4; /* INT3 and INTO: level 3 may use the gate */
        gates[i] = (struct gate){
            .offset_0 = (uint16_t)stub,
            .selector = CODE_0,
            .type = by_instruction ? 0xee : 0x8e,
            .offset_16 = (uint16_t)(stub >> 16),
            .offset_32 = (uint32_t)(stub >> 32),
        };
    }
    memset(vm->system + SYSTEM_STUBS, OPCODE_HLT, FAULT_VECTORS);
}

static struct kvm_segment segment_of(uint16_t selector, uint8_t type, uint8_t is_code)
{
    return (struct kvm_segment){
        .limit = 0xffffffff,
        .selector = selector | 3,
        .type = type,
        .present = 1,
        .dpl = 3,
        .db = !is_code,
        .s = 1,
        .l = is_code,
        .g = 1,
    };
}

void descriptors_build(struct vm *vm, struct kvm_sregs *registers)
{
    write_descriptors(vm);
    write_gates(vm);
    registers->cs = segment_of(CODE_3, 0xb, 1);
    registers->ss = registers->ds = registers->es = registers->fs = registers->gs = segment_of(DATA_3, 0x3, 0);
    registers->tr = (struct kvm_segment){
        .base = HVT_SYSTEM_BASE + SYSTEM_DESCRIPTORS + TASK_OFFSET,
        .limit = sizeof(struct task_state) - 1,
        .selector = TASK,
        .type = 0xb,
        .present = 1,
    };
    registers->ldt = (struct kvm_segment){.unusable = 1};
    registers->gdt = (struct kvm_dtable){.base = HVT_SYSTEM_BASE + SYSTEM_DESCRIPTORS, .limit = CODE_3 + 7};
    registers->idt = (struct kvm_dtable){.base = HVT_SYSTEM_BASE + SYSTEM_GATES,
                                         .limit = FAULT_VECTORS * sizeof(struct gate) - 1};
}
