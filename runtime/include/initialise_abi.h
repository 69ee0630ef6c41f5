/* SPDX-License-Identifier: ISC */
/*
 * Between pymirage-initialise (tenders/initialise) and an image that it brings up at build time. The image is
 * entered at the symbol _initialise with the address of a struct initialise_host, at its own addresses, in an
 * ordinary process: the program is the same for all targets, and what it gives is all that there is. No device, no
 * clock, no entropy: what the image then looks like depends on the image alone.
 */
#ifndef PYMIRAGE_INITIALISE_ABI_H
#define PYMIRAGE_INITIALISE_ABI_H

#include <stddef.h>
#include <stdint.h>

/* The address of the structure, and so of nothing that an address of the host could leak into. */
#define INITIALISE_HOST_BASE 0x11000UL

/*
 * An image is brought up twice: the first time to learn which of its allocations live to the end (libc/packing.h),
 * in memory that both times share.
 */
struct initialise_block {
    uint32_t size;
    uint32_t place; /* in the packed region, plus 1; 0 for a block that does not live to the end */
};

struct initialise_plan {
    uint64_t complete;    /* so this is the second time */
    uint64_t count, size; /* of the allocations; of the packed region */
    struct initialise_block blocks[];
};

/* Of address space; who allocates more often has the rest unpacked. */
enum {
    INITIALISE_PLAN_SIZE = 256 << 20,
    INITIALISE_BLOCKS = (INITIALISE_PLAN_SIZE - sizeof(struct initialise_plan)) / sizeof(struct initialise_block),
};

struct initialise_host {
    struct initialise_plan *plan; /* zeroed, the first time */
    uint64_t without_eval; /* the image will not have its compiler */
    uint64_t memory_end; /* of the memory that begins behind the image, zeroed */
    void (*write)(const char *text, size_t size);
    long (*set_thread_pointer)(uintptr_t base);
    void (*exit)(int status) __attribute__((noreturn));

    /* Writes the image's memory, with a heap that ends at (heap_end), to the file, but not the first time. What is
       written to afterwards, up to exit(), is what every start writes to. */
    void (*save)(uint64_t heap_end, const char *remarks);
};

/*
 * The file: such a header before the octets of each writable segment, of the heap, of the remarks, and of the addresses
 * of pages that a start writes to, 64 bits each. The latter have no address but these.
 */
struct initialise_part {
    uint64_t address, size;
};

enum { INITIALISE_REMARKS, INITIALISE_WRITTEN };

#endif
