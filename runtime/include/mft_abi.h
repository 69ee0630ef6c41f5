/* SPDX-License-Identifier: ISC */
/*
 * The application manifest: the devices an image needs, by name. It travels as an ELF note ("MFT1"),
 * the tender attaches a host device to each entry, and the guest reads the completed copy.
 *
 * Layouts and constants are Solo5's. Entry 0 is reserved and unnamed, so a handle is never 0.
 */
#ifndef PYMIRAGE_MFT_ABI_H
#define PYMIRAGE_MFT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf_abi.h"

#define MFT_VERSION 1
#define MFT_NAME_SIZE 68   /* terminator included */
#define MFT_MAX_ENTRIES 64 /* a set of handles is one 64-bit word */

enum mft_type {
    MFT_DEV_BLOCK_BASIC = 1,
    MFT_DEV_NET_BASIC = 2,
    MFT_RESERVED_FIRST = 1U << 30,
};

struct mft_block_basic {
    uint64_t capacity; /* octets */
    uint16_t block_size;
};

struct mft_net_basic {
    uint8_t mac[6];
    uint16_t mtu;
};

struct mft_entry {
    char name[MFT_NAME_SIZE];
    uint32_t type;
    union {
        struct mft_block_basic block_basic;
        struct mft_net_basic net_basic;
    } u; /* filled in by the tender */
    union {
        int hostfd;
        uint64_t unused;
    } b;           /* the host's descriptor: used by spt and unix, noise on hvt */
    bool attached; /* filled in by the tender */
};

struct mft {
    uint32_t version;
    uint32_t entries;
    struct mft_entry e[];
};

_Static_assert(sizeof(struct mft_entry) == 104, "manifest entry as published");
_Static_assert(offsetof(struct mft, e) == 8, "manifest header as published");

#define MFT1_NOTE_TYPE 0x3154464d /* "MFT1" */

/*
 * The note: its header, padding because a manifest holds 64-bit fields (counted in descriptor_size), and the
 * fields of struct mft. They are spelled out because C initialises no flexible array inside another structure.
 */
struct mft1_note {
    struct solo5_note_header header;
    uint32_t padding;
    uint32_t version;
    uint32_t entries;
    struct mft_entry e[];
};

#define MFT1_NOTE_PADDING sizeof(uint32_t)

_Static_assert(offsetof(struct mft1_note, version) == 24 && offsetof(struct mft1_note, e) == 32,
               "manifest note as published");

static inline const struct mft *mft1_note_manifest(const struct mft1_note *note)
{
    return (const struct mft *)(const void *)&note->version;
}

/* descriptor_size of the note of a manifest with (n) entries. */
#define MFT1_NOTE_SIZE(n) (MFT1_NOTE_PADDING + offsetof(struct mft, e) + (n) * sizeof(struct mft_entry))

/*
 * An image defines exactly one:
 *
 *   const struct mft1_note solo5_mft1_note MFT1_NOTE_SECTION = {
 *       .header = {sizeof SOLO5_NOTE_NAME, MFT1_NOTE_SIZE(2), MFT1_NOTE_TYPE, SOLO5_NOTE_NAME},
 *       .version = MFT_VERSION,
 *       .entries = 2,
 *       .e = {{.type = MFT_RESERVED_FIRST}, {.name = "service", .type = MFT_DEV_NET_BASIC}},
 *   };
 */
#define MFT1_NOTE_SECTION __attribute__((section(".note.solo5.manifest"), aligned(8), used))

extern const struct mft1_note solo5_mft1_note;

#endif
