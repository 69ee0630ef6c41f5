/* SPDX-License-Identifier: ISC */
/*
 * virtio: the end. A machine has no exit status, but QEMU can be given devices for one:
 *
 *   isa-debug-exit  port 0x501: QEMU exits with 2 * status + 1, of which a process keeps eight bits
 *   isa-debugcon    port 0x504: the whole status as one octet, for `pymirage run`
 *
 * Without them, and for status 0, the machine is switched off by ACPI. One that has none is reset, which is the end under
 * Firecracker and under QEMU -no-reboot.
 */
#include "devices.h"

enum { DEBUG_EXIT = 0x501, STATUS_PORT = 0x504, STATUS_PORT_ANSWER = 0xe9 };
enum { KEYBOARD_COMMAND = 0x64, KEYBOARD_RESET = 0xfe };

static _Noreturn void stop(void)
{
    acpi_power_off();
    acpi_reset();
    out8(KEYBOARD_COMMAND, KEYBOARD_RESET);
    /* A fault that finds no tables resets every processor (Intel SDM volume 3, 6.15, "double fault"). */
    static const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } no_tables;
    __asm__ volatile("lidt %0; int3" : : "m"(no_tables));
    for (;;)
        __asm__ volatile("cli; hlt");
}

void solo5_exit(int status)
{
    static bool ending; /* a device that breaks the rules now does not stop us */
    if (!ending) {
        ending = true;
        net_finish();
    }
    if (in8(STATUS_PORT) == STATUS_PORT_ANSWER)
        out8(STATUS_PORT, (uint8_t)status);
    if (status)
        out8(DEBUG_EXIT, (uint8_t)status);
    stop();
}

void solo5_abort(void)
{
    solo5_exit(SOLO5_EXIT_ABORT);
}

_Noreturn void cannot_start(const char *what, const char *remedy)
{
    static struct text text;
    text_add(&text, "pymirage-virtio: ");
    text_add(&text, what);
    text_add(&text, " (");
    text_add(&text, remedy);
    text_add(&text, ")\n");
    solo5_console_write(text.bytes, text.length);
    solo5_exit(SOLO5_EXIT_FAILURE);
}
