/* SPDX-License-Identifier: ISC */
/*
 * Descriptor tables and machine faults at privilege level 0: see level0.h.
 *
 * Faults and interrupts run on stacks of their own (Intel SDM volume 3, 6.14.5), as the cause may be the stack; and
 * so that the 128 octets below an interrupted function's stack pointer stay its own.
 */
#include "level0.h"

#include "bindings.h"

enum { CODE_SELECTOR = 0x08, TASK_SELECTOR = 0x10, PAGE_FAULT = 14 };
enum { FAULT_STACK = 1, INTERRUPT_STACK = 2 }; /* numbers in the task state's interrupt stack table */

/* One stub of 16 octets for each vector. Vectors 8, 10 to 14, 17 and 21 come with an error code (table 6-1). */
__asm__(".pushsection .text.trap_stubs, \"ax\", @progbits\n"
        ".balign 16\n"
        "trap_stubs:\n"
        ".set vector, 0\n"
        ".rept 64\n"
        "  .balign 16\n"
        "  .if (0x227d00 >> vector & 1) == 0 || vector > 31\n"
        "    push $0\n"
        "  .endif\n"
        "  push $vector\n"
        "  jmp trap_common\n"
        "  .set vector, vector + 1\n"
        ".endr\n"
        "trap_common:\n"
        "  push %rax\n  push %rbx\n  push %rcx\n  push %rdx\n  push %rsi\n  push %rdi\n  push %rbp\n"
        "  push %r8\n  push %r9\n  push %r10\n  push %r11\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
        "  movq %rsp, %rdi\n"
        "  movq %rsp, %rbp\n"
        "  cld\n"
        "  andq $-16, %rsp\n"
        "  call trap_at_level_0\n"
        "  movq %rbp, %rsp\n"
        "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %r11\n  pop %r10\n  pop %r9\n  pop %r8\n"
        "  pop %rbp\n  pop %rdi\n  pop %rsi\n  pop %rdx\n  pop %rcx\n  pop %rbx\n  pop %rax\n"
        "  addq $16, %rsp\n"
        "  iretq\n"
        ".popsection\n");

extern const char trap_stubs[];

static level0_resolve *resolve_fault;
static void (*handle_interrupt)(uint64_t vector);
static struct symbols names;

void level0_symbols(const struct symbols *symbols)
{
    names = *symbols;
}

static _Noreturn void report(const struct trap *t, uint64_t address)
{
    const struct fault fault = {
        .vector = t->vector,
        .error_code = t->error_code,
        .address = address,
        .registers = {t->rax, t->rbx, t->rcx, t->rdx, t->rsi, t->rdi, t->rbp, t->rsp, t->r8, t->r9, t->r10, t->r11,
                      t->r12, t->r13, t->r14, t->r15, t->rip, t->rflags},
        .guard_start = (uintptr_t)__guard_start,
        .guard_end = (uintptr_t)__guard_end,
    };
    static struct text text;
    fault_report(&text, &fault, &names);
    solo5_console_write(text.bytes, text.length);
    solo5_abort();
}

__attribute__((used)) static void trap_at_level_0(const struct trap *trap)
{
    if (trap->vector >= FIRST_INTERRUPT) {
        if (handle_interrupt)
            handle_interrupt(trap->vector);
        return;
    }
    uint64_t address;
    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    if (trap->vector != PAGE_FAULT || !resolve_fault || !resolve_fault(trap, address))
        report(trap, address);
}

struct gate { /* figure 6-8 */
    uint16_t offset_0, selector;
    uint8_t stack, type;
    uint16_t offset_16;
    uint32_t offset_32, reserved;
};

struct __attribute__((packed)) task_state { /* figure 8-11 */
    uint32_t reserved_0;
    uint64_t stack_of_level[3], reserved_1, interrupt_stack[7], reserved_2;
    uint16_t reserved_3, io_map;
};

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

static uint64_t global_descriptors[4];
static struct gate gates[VECTORS];
static struct task_state task;
static char fault_stack[8192] __attribute__((aligned(16))), interrupt_stack[4096] __attribute__((aligned(16)));

static void set_gates(void)
{
    for (uint64_t i = 0; i < VECTORS; i++) {
        const uint64_t stub = (uintptr_t)trap_stubs + 16 * i;
        gates[i] = (struct gate){
            .offset_0 = (uint16_t)stub,
            .selector = CODE_SELECTOR,
            .stack = i < FIRST_INTERRUPT ? FAULT_STACK : INTERRUPT_STACK,
            .type = 0x8e, /* present, level 0, interrupt gate */
            .offset_16 = (uint16_t)(stub >> 16),
            .offset_32 = (uint32_t)(stub >> 32),
        };
    }
}

static void set_descriptors(void)
{
    const uint64_t base = (uintptr_t)&task;
    task.interrupt_stack[FAULT_STACK - 1] = (uintptr_t)fault_stack + sizeof fault_stack;
    task.interrupt_stack[INTERRUPT_STACK - 1] = (uintptr_t)interrupt_stack + sizeof interrupt_stack;
    task.io_map = sizeof task;
    global_descriptors[CODE_SELECTOR / 8] = 0x00af9b000000ffff; /* 64-bit code, level 0 */
    global_descriptors[TASK_SELECTOR / 8] =
        (sizeof task - 1) | (base & 0xffffff) << 16 | 0x89ULL << 40 | (base >> 24 & 0xff) << 56; /* figure 8-4 */
    global_descriptors[TASK_SELECTOR / 8 + 1] = base >> 32;
}

/* A far return is the way to load CS in 64-bit mode: returns to the caller with the new selector. */
__asm__(".pushsection .text.load_code_selector, \"ax\", @progbits\n"
        "load_code_selector:\n"
        "  popq %rax\n"
        "  pushq $0x08\n"
        "  pushq %rax\n"
        "  lretq\n"
        ".popsection\n");

void load_code_selector(void);

/* The other segments are of no use in 64-bit mode, but a stack segment of another table would not survive IRET. */
static void load_tables(void)
{
    const struct table_register global = {sizeof global_descriptors - 1, (uintptr_t)global_descriptors};
    const struct table_register interrupt = {sizeof gates - 1, (uintptr_t)gates};
    __asm__ volatile("lgdt %0" : : "m"(global));
    load_code_selector();
    __asm__ volatile("movw %w0, %%ss; movw %w0, %%ds; movw %w0, %%es" : : "r"(0));
    __asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR));
    __asm__ volatile("lidt %0" : : "m"(interrupt));
}

void level0_init(level0_resolve *resolve, void (*interrupt)(uint64_t vector))
{
    resolve_fault = resolve;
    handle_interrupt = interrupt;
    set_gates();
    set_descriptors();
    load_tables();
}
