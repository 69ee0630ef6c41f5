/* SPDX-License-Identifier: ISC */
/*
 * hvt: machine faults. At level 3 the tender prepared for them. At level 0, under Solo5's tender, the
 * image brings its own descriptor tables and says itself what happened.
 *
 * Faults run on a stack of their own (Intel SDM volume 3, 6.14.5), as the cause may be the stack.
 */
#include "fault_report.h"
#include "hvt.h"

enum { CODE_SELECTOR = 0x08, TASK_SELECTOR = 0x10, VECTORS = 32 };

/* What the stubs below push, and the processor before them. */
struct frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error_code, rip, cs, rflags, rsp, ss;
};

/* One stub of 16 octets for each vector. Vectors 8, 10 to 14, 17 and 21 come with an error code (table 6-1). */
__asm__(".pushsection .text.fault_stubs, \"ax\", @progbits\n"
        ".balign 16\n"
        "fault_stubs:\n"
        ".set vector, 0\n"
        ".rept 32\n"
        "  .balign 16\n"
        "  .if (0x227d00 >> vector & 1) == 0\n"
        "    push $0\n"
        "  .endif\n"
        "  push $vector\n"
        "  jmp fault_common\n"
        "  .set vector, vector + 1\n"
        ".endr\n"
        "fault_common:\n"
        "  push %rax\n  push %rbx\n  push %rcx\n  push %rdx\n  push %rsi\n  push %rdi\n  push %rbp\n"
        "  push %r8\n  push %r9\n  push %r10\n  push %r11\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
        "  movq %rsp, %rdi\n"
        "  cld\n"
        "  andq $-16, %rsp\n"
        "  call fault_at_level_0\n"
        ".popsection\n");

extern const char fault_stubs[];

__attribute__((used)) static _Noreturn void fault_at_level_0(const struct frame *f)
{
    uint64_t address;
    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    const struct fault fault = {
        .vector = f->vector,
        .error_code = f->error_code,
        .address = address,
        .registers = {f->rax, f->rbx, f->rcx, f->rdx, f->rsi, f->rdi, f->rbp, f->rsp, f->r8, f->r9, f->r10, f->r11,
                      f->r12, f->r13, f->r14, f->r15, f->rip, f->rflags},
        .guard_start = (uintptr_t)__guard_start,
        .guard_end = (uintptr_t)__guard_end,
    };
    static struct text text;
    fault_report(&text, &fault, NULL); /* the symbol table is not in memory */
    solo5_console_write(text.bytes, text.length);
    solo5_abort();
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
static char fault_stack[8192] __attribute__((aligned(16)));

static void set_gates(void)
{
    for (uint64_t i = 0; i < VECTORS; i++) {
        const uint64_t stub = (uintptr_t)fault_stubs + 16 * i;
        gates[i] = (struct gate){
            .offset_0 = (uint16_t)stub,
            .selector = CODE_SELECTOR,
            .stack = 1,
            .type = 0x8e, /* present, level 0, interrupt gate */
            .offset_16 = (uint16_t)(stub >> 16),
            .offset_32 = (uint32_t)(stub >> 32),
        };
    }
}

static void set_descriptors(void)
{
    const uint64_t base = (uintptr_t)&task;
    task.interrupt_stack[0] = (uintptr_t)fault_stack + sizeof fault_stack;
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

static void load_tables(void)
{
    const struct table_register global = {sizeof global_descriptors - 1, (uintptr_t)global_descriptors};
    const struct table_register interrupt = {sizeof gates - 1, (uintptr_t)gates};
    __asm__ volatile("lgdt %0" : : "m"(global));
    load_code_selector();
    __asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR));
    __asm__ volatile("lidt %0" : : "m"(interrupt));
}

void fault_init(void)
{
    if (!at_level_0())
        return;
    set_gates();
    set_descriptors();
    load_tables();
}
