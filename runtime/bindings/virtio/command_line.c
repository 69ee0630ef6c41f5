/* SPDX-License-Identifier: ISC */
/*
 * virtio: words of the command line that are for the machine, not for the application. Hypervisors add them as Linux
 * understands them (Documentation/admin-guide/kernel-parameters.txt):
 *
 *   virtio_mmio.device=SIZE@ADDRESS:INTERRUPT   a device; Firecracker and QEMU's microvm
 *   pci=off                                     there is no PCI; Firecracker, unless it was asked for it
 *   console=ttyS0, console=hvc0                 serial port or virtio console; otherwise the latter when there is one
 */
#include "virtio.h"

struct machine_words machine_words;

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static uint64_t number_at(const char **at)
{
    uint64_t value = 0;
    const bool hexadecimal = string_starts(*at, "0x");
    *at += hexadecimal ? 2 : 0;
    for (;; ++*at) {
        const char c = **at;
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || (!hexadecimal && digit > 9))
            return value;
        value = value * (hexadecimal ? 16 : 10) + (uint64_t)digit;
    }
}

static void take_mmio(const char *text)
{
    struct mmio_word word;
    number_at(&text);
    if (*text == 'K' || *text == 'k')
        text++;
    if (*text++ != '@')
        cannot_start("virtio_mmio.device= on the command line is not SIZE@ADDRESS:INTERRUPT", "correct it");
    word.address = number_at(&text);
    if (*text++ != ':')
        cannot_start("virtio_mmio.device= on the command line is not SIZE@ADDRESS:INTERRUPT", "correct it");
    word.interrupt = (uint32_t)number_at(&text);
    if (machine_words.mmio_count < sizeof machine_words.mmio / sizeof *machine_words.mmio)
        machine_words.mmio[machine_words.mmio_count++] = word;
}

static bool is_word(const char *at, const char *end, const char *word)
{
    return (size_t)(end - at) == string_length(word) && !memcmp(at, word, (size_t)(end - at));
}

static bool take(const char *at, const char *end)
{
    static const char *const consoles[] = {"console=ttyS0", "console=hvc0"};
    if (string_starts(at, "virtio_mmio.device=")) {
        take_mmio(at + sizeof "virtio_mmio.device=" - 1);
        return true;
    }
    if (is_word(at, end, "pci=off")) {
        machine_words.no_pci = true;
        return true;
    }
    for (int i = 0; i < 2; i++)
        if (is_word(at, end, consoles[i])) {
            machine_words.console = consoles[i] + sizeof "console=" - 1;
            return true;
        }
    return false;
}

/* A word ends at a blank that is not quoted: what looks like one of ours inside quotes is the application's. */
static const char *end_of(const char *at)
{
    char quote = 0;
    for (; *at && (quote || !blank(*at)); at++) {
        if (*at == '\\' && quote != '\'' && at[1])
            at++;
        else if (quote ? *at == quote : *at == '\'' || *at == '"')
            quote = quote ? 0 : *at;
    }
    return at;
}

void command_line_take_words(void)
{
    char *to = boot_info.command_line;
    for (const char *at = to; *at;) {
        while (blank(*at))
            at++;
        const char *end = end_of(at);
        if (end == at)
            break;
        if (!take(at, end)) {
            if (to != boot_info.command_line)
                *to++ = ' ';
            while (at < end)
                *to++ = *at++;
        }
        at = end;
    }
    *to = 0;
}
