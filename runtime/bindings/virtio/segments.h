/* SPDX-License-Identifier: ISC */
/* virtio: the image's own program headers, which are loaded. */
#ifndef PYMIRAGE_VIRTIO_SEGMENTS_H
#define PYMIRAGE_VIRTIO_SEGMENTS_H

#include <linux/elf.h>

#include "bindings.h"

/* By the linker. */
extern const Elf64_Ehdr __ehdr_start;

static inline const Elf64_Phdr *segments(void)
{
    return (const Elf64_Phdr *)((uintptr_t)&__ehdr_start + __ehdr_start.e_phoff);
}

static inline int segment_count(void)
{
    return __ehdr_start.e_phnum;
}

/* Names of functions for fault reports, which the tool put where there was room (tool/image/elf.py). */
static inline bool segment_holds_names(const Elf64_Phdr *segment)
{
    return segment->p_type == PT_LOAD && segment->p_flags == PF_R && segment->p_filesz &&
           segment->p_vaddr != (uintptr_t)&__ehdr_start;
}

#endif
