/* SPDX-License-Identifier: ISC */
/* What the files of one target's bindings share. start.c is the table of contents. */
#ifndef PYMIRAGE_BINDINGS_H
#define PYMIRAGE_BINDINGS_H

#include "memory.h"
#include "mft_abi.h"
#include "solo5.h"

/* Defined by image.lds. */
extern char __image_end[], __guard_start[], __guard_end[], __stack_end[];

/* The devices that the tender attached. */
extern const struct mft *bindings_manifest;

/* Runs the application with the memory between the image and (memory_end) as heap. */
_Noreturn void application_run(const char *command_line, uint64_t memory_end);

/* The same with the heap elsewhere, though behind the image. */
_Noreturn void application_run_in(const char *command_line, uint64_t heap_start, uint64_t heap_end);

/* Prints one line and aborts: the host broke the contract, or the image used it wrongly. */
_Noreturn void fatal(const char *message);

size_t entropy_from_processor(void *buf, size_t size);

/* True when (size) octets at (offset) are whole blocks within the device. */
bool block_request_valid(const struct mft_entry *device, uint64_t offset, uint64_t size);

/* True when (header) asks for nothing that is not offered and its numbers lie within the frame. */
bool net_request_valid(const struct mft_entry *device, bool offloads, const struct solo5_net_header *header,
                       const uint8_t *frame, size_t size);

/* Every device with offloads has these: they come together with the header. */
#define NET_OFFLOADS                                                                                               \
    (SOLO5_NET_CHECKSUM_OUT | SOLO5_NET_CHECKSUM_IN | SOLO5_NET_SEGMENT_V4 | SOLO5_NET_SEGMENT_V6)

/* Runs at the image's entry point, before any C: leaves the host's stack for the image's own. */
#define START_ON_OWN_STACK(argument)                                                                               \
    __asm__(".pushsection .text._start, \"ax\", @progbits\n"                                                       \
            ".globl _start\n.type _start, @function\n"                                                             \
            "_start:\n"                                                                                            \
            "  cld\n"                                                                                              \
            "  xorl %ebp, %ebp\n" argument "  leaq __stack_end(%rip), %rsp\n"                                      \
            "  call bindings_start\n"                                                                              \
            "  ud2\n"                                                                                              \
            ".size _start, . - _start\n"                                                                           \
            ".popsection\n")

#endif
