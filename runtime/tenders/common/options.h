/* SPDX-License-Identifier: ISC */
/* The options that attach devices and size the memory: the same for every tender and for a unix image. */
#ifndef PYMIRAGE_OPTIONS_H
#define PYMIRAGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "mft_abi.h"

enum { DEFAULT_MEMORY_MB = 512 };

enum attachment_kind { ATTACH_NET, ATTACH_NET_MAC, ATTACH_BLOCK, ATTACH_BLOCK_SIZE };

struct attachment {
    enum attachment_kind kind;
    char name[MFT_NAME_SIZE];
    const char *value;
};

struct options {
    uint64_t memory_mb;
    bool trace; /* --trace-boot, for `pymirage run --trace-boot`: says when it does what */
    unsigned count;
    struct attachment attachments[2 * MFT_MAX_ENTRIES];
};

/* With --trace-boot: a line "trace NANOSECONDS WHAT" on standard error, by CLOCK_MONOTONIC. */
void trace_mark(const struct options *options, const char *what);

/* Takes (argument) if it is one of the options; fails with a message if it is malformed. */
bool options_take(struct options *options, const char *argument);

#define OPTIONS_HELP                                                                                               \
    "  --mem=MB                    memory of the guest (512)\n"                                                    \
    "  --net:NAME=INTERFACE        attach the TAP interface, or an open descriptor @N, as network NAME\n"          \
    "  --net-mac:NAME=ADDRESS      the address of network NAME (random, locally administered)\n"                   \
    "  --block:NAME=FILE           attach the file or device as block storage NAME\n"                              \
    "  --block-sector-size:NAME=N  its block size, a power of two from 512 to 32768 (512)\n"

#endif
