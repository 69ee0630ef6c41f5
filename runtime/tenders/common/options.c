/* SPDX-License-Identifier: ISC */
/* The options that attach devices and size the memory: see options.h. */
#include "options.h"

#include "memory.h"
#include "message.h"

enum { MAXIMUM_MEMORY_MB = 1 << 20 };

static const struct {
    char prefix[24];
    enum attachment_kind kind;
} attachments[] = {
    {"--net:", ATTACH_NET},
    {"--net-mac:", ATTACH_NET_MAC},
    {"--block:", ATTACH_BLOCK},
    {"--block-sector-size:", ATTACH_BLOCK_SIZE},
};

static void take_memory(struct options *options, const char *argument)
{
    const char *digits = argument + string_length("--mem=");
    uint64_t megabytes = 0;
    for (const char *at = digits; *at; at++) {
        if (*at < '0' || *at > '9' || megabytes > MAXIMUM_MEMORY_MB)
            fail("'", argument, "': not a number of megabytes (for example --mem=512)");
        megabytes = megabytes * 10 + (uint64_t)(*at - '0');
    }
    if (!megabytes || megabytes > MAXIMUM_MEMORY_MB)
        fail("'", argument, "': not a number of megabytes (for example --mem=512)");
    options->memory_mb = megabytes;
}

static void take_attachment(struct options *options, const char *argument, unsigned which)
{
    const char *name = argument + string_length(attachments[which].prefix);
    size_t length = 0;
    while (name[length] && name[length] != '=')
        length++;
    if (!length || length >= MFT_NAME_SIZE || !name[length] || !name[length + 1])
        fail("'", argument, "': incomplete (write ", attachments[which].prefix, "NAME=VALUE)");
    if (options->count == sizeof options->attachments / sizeof *options->attachments)
        fail("'", argument, "': too many devices");
    struct attachment *attachment = &options->attachments[options->count++];
    attachment->kind = attachments[which].kind;
    memcpy(attachment->name, name, length);
    attachment->name[length] = 0;
    attachment->value = name + length + 1;
}

bool options_take(struct options *options, const char *argument)
{
    if (string_starts(argument, "--mem=")) {
        take_memory(options, argument);
        return true;
    }
    if (string_equal(argument, "--trace-boot")) {
        options->trace = true;
        return true;
    }
    for (unsigned i = 0; i < sizeof attachments / sizeof *attachments; i++) {
        if (string_starts(argument, attachments[i].prefix)) {
            take_attachment(options, argument, i);
            return true;
        }
    }
    return false;
}
