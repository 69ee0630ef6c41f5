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
 * An image is brought up three times, with memory that all share: to learn which functions a start runs
 * (python/dormant.c); with those awake, to learn which allocations live to the end (libc/packing.h); and for good.
 */
struct initialise_block {
    uint32_t size;
    uint32_t place; /* in the packed region, plus 1; 0 for a block that does not live to the end */
};

enum { INITIALISE_AWAKE = 8192 };

struct initialise_plan {
    uint64_t saved;       /* it came to the end of its first stage */
    uint64_t unrehearsed; /* rehearsing a start ended badly, so it is left out */
    uint64_t rehearsed;   /* so this is the second time, or the third */
    uint64_t complete;    /* so this is the third */
    uint64_t awake_count; /* of functions that a start runs: */
    uint64_t awake[INITIALISE_AWAKE]; /* a number for each */
    uint64_t count, size; /* of the allocations; of the packed region */
    struct initialise_block blocks[];
};

/* Of address space; who allocates more often has the rest unpacked. */
enum {
    INITIALISE_PLAN_SIZE = 256 << 20,
    INITIALISE_BLOCKS = (INITIALISE_PLAN_SIZE - sizeof(struct initialise_plan)) / sizeof(struct initialise_block),
};

/*
 * The functions of the platform contract (solo5.h) that a rehearsed start may call, by which the image says where it has
 * them. What only looks at memory of the image is not among them.
 */
enum initialise_contract {
    INITIALISE_EXIT,
    INITIALISE_ABORT,
    INITIALISE_SET_TLS_BASE,
    INITIALISE_CLOCK_MONOTONIC,
    INITIALISE_CLOCK_WALL,
    INITIALISE_YIELD,
    INITIALISE_STOP_REQUESTED,
    INITIALISE_CONSOLE_WRITE,
    INITIALISE_NET_ACQUIRE,
    INITIALISE_NET_FEATURES,
    INITIALISE_NET_OFFLOAD,
    INITIALISE_NET_SEND,
    INITIALISE_NET_RECEIVE,
    INITIALISE_BLOCK_ACQUIRE,
    INITIALISE_BLOCK_WRITE,
    INITIALISE_BLOCK_READ,
    INITIALISE_BLOCK_FLUSH,
    INITIALISE_BLOCK_DISCARD,
    INITIALISE_ENTROPY,
    INITIALISE_CONTRACT, /* how many */
};

struct initialise_host {
    struct initialise_plan *plan; /* zeroed at first */
    uint64_t without_eval; /* the image will not have its compiler */
    uint64_t memory_end; /* of the memory that begins behind the image, zeroed */
    void (*write)(const char *text, size_t size);
    long (*set_thread_pointer)(uintptr_t base);
    void (*exit)(int status) __attribute__((noreturn));

    /* Writes the image's memory, with a heap that ends at (heap_end), to the file, the last time. */
    void (*save)(uint64_t heap_end, const char *remarks);

    /* From here on the image may start as it always does, and nothing of it stays: the (contract)'s functions do
       something else now. What is written to is what every start writes to. It ends where the rehearsal does, with
       (conclude) before the last time. */
    void (*rehearse)(const uint64_t contract[INITIALISE_CONTRACT], void (*conclude)(void));
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
