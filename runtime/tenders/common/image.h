/* SPDX-License-Identifier: ISC */
/* An image file: what its ELF headers say, checked, and how it gets into memory. */
#ifndef PYMIRAGE_IMAGE_H
#define PYMIRAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "elf_abi.h"
#include "mft_abi.h"

enum { IMAGE_MAX_SEGMENTS = 64 };

struct segment {
    uint64_t start, end;  /* guest addresses, whole pages */
    uint64_t file_offset; /* of (start), whole pages */
    uint64_t file_size;   /* octets from (start) that the file provides */
    bool readable, writable, executable;
};

struct image {
    const char *path;
    int fd;
    const uint8_t *bytes; /* the whole file, mapped */
    uint64_t size;
    unsigned segment_count;
    struct segment segments[IMAGE_MAX_SEGMENTS];
    uint64_t entry, end;             /* where it starts; first address after its segments */
    uint64_t guard_start, guard_end; /* the inaccessible segment below the stack; equal when there is none */
    bool has_checksum;
    uint64_t checksum;               /* of what the segments hold, itself as zero */
    uint64_t checksum_offset;        /* in the file */
    const struct pms1_run *runs;     /* pages that every start writes to, not validated */
    unsigned run_count;
    uint32_t capabilities;           /* PMC1_...; 0 for images that do not say */
    struct mft *manifest;            /* a copy, validated, no device attached yet */
};

/* Opens an image for (target), an enum abi_target. Fails with a message that says what is wrong with it. */
void image_open(struct image *image, const char *path, uint32_t target, uint32_t abi_version);

/* Opens what the image link made, for any target, without looking at its notes. */
void image_open_linked(struct image *image, const char *path);

/*
 * Maps the segments into the zeroed guest memory whose address 0 is at (memory). Pages that the guest may
 * execute become executable here only if (executable). Adds jobs (jobs.h) that bring in what has a checksum.
 */
void image_load(const struct image *image, uint8_t *memory, bool executable);

/* After the jobs: fails with a message when the image is damaged. */
void image_verify(const struct image *image);

/* Fails with a message unless the image, and a little heap, fit into (megabytes). */
void image_require_memory(const struct image *image, uint64_t megabytes);

/* Reads the ABI and manifest notes; part of image_open. */
void image_read_notes(struct image *image, uint32_t target, uint32_t abi_version);

_Noreturn void image_damaged(const struct image *image, const char *what);

#endif
