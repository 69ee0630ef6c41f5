/* SPDX-License-Identifier: ISC */
/* Commits the machine fault that its argument names. Reaching the end means that nobody minded. */
#include "guest.h"

extern char _stext[], __image_start[];

/* An address that the compiler knows nothing about, so that it does as it is told. */
static volatile char *address(uintptr_t value)
{
    __asm__("" : "+r"(value));
    return (volatile char *)value;
}

static void read_null(const struct solo5_start_info *info)
{
    (void)info;
    (void)*address(8);
}

static void write_text(const struct solo5_start_info *info)
{
    (void)info;
    *address((uintptr_t)_stext) = 1;
}

static void write_constant(const struct solo5_start_info *info)
{
    (void)info;
    *address((uintptr_t)__image_start) = 1;
}

static void execute_heap(const struct solo5_start_info *info)
{
    *(volatile uint8_t *)info->heap_start = 0xc3; /* RET */
    ((void (*)(void))info->heap_start)();
}

static void execute_stack(const struct solo5_start_info *info)
{
    (void)info;
    volatile uint8_t code[16] = {0xc3};
    ((void (*)(void))(uintptr_t)code)();
}

static void jump_null(const struct solo5_start_info *info)
{
    (void)info;
    ((void (*)(void))(uintptr_t)address(0))();
}

static __attribute__((noinline)) int descend(volatile char *above)
{
    volatile char here[512];
    here[0] = above[0];
    return above[0] < 0 ? 0 : descend(here) + here[0];
}

static void overflow_stack(const struct solo5_start_info *info)
{
    (void)info;
    volatile char top = 0;
    descend(&top);
}

static void past_memory(const struct solo5_start_info *info)
{
    (void)*address(info->heap_start + info->heap_size + 4096);
}

static void wild_address(const struct solo5_start_info *info)
{
    (void)info;
    (void)*address(0x8000000000000000);
}

static void invalid_instruction(const struct solo5_start_info *info)
{
    (void)info;
    __asm__ volatile("ud2");
}

static void privileged_instruction(const struct solo5_start_info *info)
{
    (void)info;
    __asm__ volatile("cli; hlt");
}

static void divide(const struct solo5_start_info *info)
{
    (void)info;
    __asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "eax", "ecx", "edx");
}

static void host_port(const struct solo5_start_info *info)
{
    (void)info;
    __asm__ volatile("outb %al, $0x80");
}

static void system_call(const struct solo5_start_info *info)
{
    (void)info;
    __asm__ volatile("syscall" : : "a"(39) : "rcx", "r11", "memory"); /* getpid on Linux */
}

static const struct {
    char name[24];
    void (*commit)(const struct solo5_start_info *);
} faults[] = {
    {"read_null", read_null},
    {"write_text", write_text},
    {"write_constant", write_constant},
    {"execute_heap", execute_heap},
    {"execute_stack", execute_stack},
    {"jump_null", jump_null},
    {"overflow_stack", overflow_stack},
    {"past_memory", past_memory},
    {"wild_address", wild_address},
    {"invalid_instruction", invalid_instruction},
    {"privileged_instruction", privileged_instruction},
    {"divide", divide},
    {"host_port", host_port},
    {"system_call", system_call},
};

int solo5_app_main(const struct solo5_start_info *info)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (same(info->cmdline, faults[i].name))
            faults[i].commit(info);
    print("no fault\n");
    return SOLO5_EXIT_SUCCESS;
}
