/* SPDX-License-Identifier: ISC */
/* Says what a machine fault was: see fault_report.h. */
#include "fault_report.h"

#include <stdbool.h>

enum { PAGE_FAULT = 14 };
enum { ERROR_WRITE = 1 << 1, ERROR_FETCH = 1 << 4 };

/* clang-format off */
static const char *fault_name(uint64_t vector)
{
    switch (vector) {
    case 0: return "division by zero or overflow";
    case 1: return "debug trap";
    case 3: return "breakpoint";
    case 4: return "overflow trap";
    case 6: return "invalid instruction";
    case 8: return "double fault";
    case 12: return "stack segment fault";
    case 13: return "general protection fault";
    case 14: return "page fault";
    case 16:
    case 19: return "floating-point exception";
    case 17: return "unaligned access";
    default: return "machine fault";
    }
}
/* clang-format on */

/* Processors without no-execute pages do not set ERROR_FETCH; the address then is the instruction's. */
static const char *page_fault_access(const struct fault *fault)
{
    if (fault->error_code & ERROR_FETCH || fault->address == fault->registers.rip)
        return " executing ";
    return fault->error_code & ERROR_WRITE ? " writing " : " reading ";
}

static void add_what(struct text *text, const struct fault *fault)
{
    if (fault->vector != PAGE_FAULT) {
        text_add(text, fault_name(fault->vector));
        return;
    }
    const bool in_guard = fault->address >= fault->guard_start && fault->address < fault->guard_end;
    text_add(text, in_guard ? "stack overflow" : "page fault");
    text_add(text, page_fault_access(fault));
    text_hexadecimal(text, fault->address);
}

static void add_registers(struct text *text, const struct fault_registers *registers)
{
    static const char names[18][4] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8 ",
                                      "r9 ", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "flg"};
    const uint64_t *values = &registers->rax;
    for (int i = 0; i < 18; i++) {
        text_add(text, "  ");
        text_add(text, names[i]);
        text_add(text, " ");
        text_register(text, values[i]);
        text_add(text, i % 4 == 3 || i == 17 ? "\n" : "");
    }
}

void fault_report_where(struct text *text, const struct fault_registers *registers, const struct symbols *symbols)
{
    text_add(text, " at rip ");
    text_hexadecimal(text, registers->rip);
    symbols_add_name(text, symbols, registers->rip);
    text_add(text, "\n");
    add_registers(text, registers);
}

void fault_report(struct text *text, const struct fault *fault, const struct symbols *symbols)
{
    text_add(text, "fault: ");
    add_what(text, fault);
    fault_report_where(text, &fault->registers, symbols);
}
