/* SPDX-License-Identifier: ISC */
/* A seccomp filter: see filter.h. */
#include "filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "linux.h"
#include "message.h"

enum { MISS = 0xff }; /* a jump past the rule, whose length rule_end knows; rules are far shorter */

static void add(struct filter *filter, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
    if (filter->length == sizeof filter->code / sizeof *filter->code)
        fail("too many devices for one system call filter");
    filter->code[filter->length++] = (struct sock_filter){code, if_true, if_false, value};
}

static void load(struct filter *filter, uint32_t offset)
{
    add(filter, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

/* Little endian: the low word comes first. */
static uint32_t low_word(int argument)
{
    return (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (unsigned)argument);
}

static uint32_t high_word(int argument)
{
    return low_word(argument) + 4;
}

static unsigned rule_begin(struct filter *filter, uint32_t call)
{
    const unsigned start = filter->length;
    load(filter, offsetof(struct seccomp_data, nr));
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, MISS);
    return start;
}

/* Turns every MISS of the rule into a jump past its end. */
static void rule_end(struct filter *filter, unsigned start)
{
    add(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    for (unsigned i = start; i < filter->length; i++) {
        struct sock_filter *jump = &filter->code[i];
        if (BPF_CLASS(jump->code) != BPF_JMP)
            continue;
        const uint8_t past = (uint8_t)(filter->length - i - 1);
        jump->jt = jump->jt == MISS ? past : jump->jt;
        jump->jf = jump->jf == MISS ? past : jump->jf;
    }
}

static void require_equal(struct filter *filter, int argument, uint64_t value)
{
    load(filter, low_word(argument));
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)value, 0, MISS);
    load(filter, high_word(argument));
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value >> 32), 0, MISS);
}

static void require_at_most(struct filter *filter, int argument, uint64_t value)
{
    load(filter, high_word(argument));
    add(filter, BPF_JMP | BPF_JGT | BPF_K, (uint32_t)(value >> 32), MISS, 0);
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value >> 32), 0, 2); /* smaller: the low word is free */
    load(filter, low_word(argument));
    add(filter, BPF_JMP | BPF_JGT | BPF_K, (uint32_t)value, MISS, 0);
}

void filter_begin(struct filter *filter)
{
    filter->length = 0;
    load(filter, offsetof(struct seccomp_data, arch));
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    add(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    /* The x32 calls share the architecture but have a bit in their numbers, so no rule matches them. */
}

void filter_allow(struct filter *filter, uint32_t call)
{
    rule_end(filter, rule_begin(filter, call));
}

void filter_allow_first(struct filter *filter, uint32_t call, uint64_t first)
{
    const unsigned start = rule_begin(filter, call);
    require_equal(filter, 0, first);
    rule_end(filter, start);
}

void filter_allow_two(struct filter *filter, uint32_t call, uint64_t first, uint64_t second)
{
    const unsigned start = rule_begin(filter, call);
    require_equal(filter, 0, first);
    require_equal(filter, 1, second);
    rule_end(filter, start);
}

void filter_allow_transfer(struct filter *filter, uint32_t call, int fd, uint64_t size, uint64_t last)
{
    const unsigned start = rule_begin(filter, call);
    require_equal(filter, 0, (uint64_t)fd);
    require_equal(filter, 2, size);
    require_at_most(filter, 3, last);
    rule_end(filter, start);
}

void filter_install(struct filter *filter, enum filter_refusal refusal)
{
    add(filter, BPF_RET | BPF_K, refusal == FILTER_KILLS ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_TRAP, 0, 0);
    const struct sock_fprog program = {.len = (unsigned short)filter->length, .filter = filter->code};
    /* For every thread; a positive result names one that could not have it. */
    const long result =
        linux_call3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (long)&program);
    if (result != 0)
        fail("cannot install the system call filter: ", error_name(result),
             " (the kernel needs CONFIG_SECCOMP_FILTER)");
}
