/* SPDX-License-Identifier: ISC */
/*
 * What a Solo5 executable declares about itself in ELF: the ABI note, and an interpreter that does not
 * exist, so that a host kernel refuses to start it as an ordinary program.
 *
 * Layouts and constants are Solo5's "ABI1" note.
 */
#ifndef PYMIRAGE_ELF_ABI_H
#define PYMIRAGE_ELF_ABI_H

#include <stddef.h>
#include <stdint.h>

#define SOLO5_NOTE_NAME "Solo5"

/* Elf64_Nhdr with its name, padded to four octets. The descriptor follows, aligned as its type asks. */
struct solo5_note_header {
    uint32_t name_size;
    uint32_t descriptor_size;
    uint32_t type;
    char name[8];
};

_Static_assert(sizeof(struct solo5_note_header) == 20, "a note header has no padding");

/* --- ABI1: which tender runs this ------------------------------------------------------------- */

#define ABI1_NOTE_TYPE 0x31494241 /* "ABI1" */

enum abi_target {
    ABI_TARGET_HVT = 1,
    ABI_TARGET_SPT,
    ABI_TARGET_VIRTIO,
    ABI_TARGET_MUEN,
    ABI_TARGET_GENODE,
    ABI_TARGET_XEN,
};

struct abi1_info {
    uint32_t target;
    uint32_t version;
    uint32_t reserved[2];
};

struct abi1_note {
    struct solo5_note_header header;
    struct abi1_info info;
};

/* Each target's start.c defines its note and its interpreter with these. */
#define ABI1_NOTE_SECTION __attribute__((section(".note.solo5.abi"), aligned(4), used))
#define ELF_INTERPRETER_SECTION __attribute__((section(".interp"), aligned(8), used))

/* --- PMC1 (addition): what the image's bindings understand beyond Solo5's ABI ------------------ */

#define PMC1_NOTE_TYPE 0x31434d50 /* "PMC1" */

/* Frames have a struct solo5_net_header before them on devices that the tender says have one. */
#define PMC1_NET_HEADER (1U << 0)

struct pmc1_note {
    struct solo5_note_header header;
    uint32_t capabilities;
};

/* --- PMS1 (addition): how an initialised image comes into memory ------------------------------- */

#define PMS1_NOTE_TYPE 0x31534d50 /* "PMS1" */

/* Pages that every start writes to, by their number (address / 4096); they lie in one segment. */
struct pms1_run {
    uint32_t first, count;
};

struct pms1_info {
    uint64_t checksum; /* of the first page, this as zero, and of what the segments hold; see common/image_checksum.c */
    struct pms1_run runs[];
};

#define PMC1_NOTE_SECTION __attribute__((section(".note.solo5.capabilities"), aligned(4), used))

/* The trailing slash makes it fail even where a file of that name exists. */
#define ELF_INTERPRETER "/nonexistent/solo5/"

#endif
