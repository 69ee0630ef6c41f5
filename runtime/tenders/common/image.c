/* SPDX-License-Identifier: ISC */
/* An image file: see image.h. Nothing in the file is trusted. */
#include "image.h"

#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>

#include "hvt_abi.h"
#include "linux.h"
#include "memory.h"
#include "message.h"
#include "spt_abi.h"

enum { ADDRESS_BITS = 40 }; /* far above any guest memory, far below overflow */

_Static_assert(HVT_GUEST_MIN_BASE == SPT_GUEST_MIN_BASE, "both load images alike");

_Noreturn void image_damaged(const struct image *image, const char *what)
{
    fail(image->path, ": truncated or damaged image: ", what, " (build it again)");
}

static void map_file(struct image *image)
{
    const long fd = linux_open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */
    if (fd < 0)
        fail(image->path, ": ", error_name(fd));
    image->fd = (int)fd;
    const long size = linux_call3(__NR_lseek, fd, 0, SEEK_END);
    if (size < (long)sizeof(Elf64_Ehdr) || size >> ADDRESS_BITS)
        fail(image->path, ": not an image (not an ELF file)");
    const long at = linux_mmap(0, (size_t)size, PROT_READ, MAP_PRIVATE, image->fd, 0);
    if (linux_failed(at))
        fail(image->path, ": ", error_name(at));
    image->bytes = (const uint8_t *)at;
    image->size = (uint64_t)size;
}

static void check_header(const struct image *image)
{
    const Elf64_Ehdr *header = (const void *)image->bytes;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG))
        fail(image->path, ": not an image (not an ELF file)");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_X86_64 || header->e_type != ET_EXEC)
        fail(image->path, ": not an image for this machine (a static x86-64 executable)");
    if (header->e_version != EV_CURRENT || header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff % 8 ||
        header->e_phnum < 1 || header->e_phoff > image->size ||
        header->e_phnum * sizeof(Elf64_Phdr) > image->size - header->e_phoff)
        image_damaged(image, "its program headers are not in the file");
    /* They come last: a file that was cut off lacks them, if nothing else. */
    if (header->e_shoff > image->size || header->e_shnum * sizeof(Elf64_Shdr) > image->size - header->e_shoff)
        image_damaged(image, "its section headers are not in the file");
}

static void check_segment(const struct image *image, const Elf64_Phdr *header)
{
    if (header->p_offset > image->size || header->p_filesz > image->size - header->p_offset)
        image_damaged(image, "a segment is not in the file");
    if (header->p_vaddr >> ADDRESS_BITS || header->p_memsz >> ADDRESS_BITS || header->p_memsz < header->p_filesz)
        image_damaged(image, "a segment has an impossible size");
    if (header->p_vaddr < HVT_GUEST_MIN_BASE || page_down(header->p_vaddr) < image->end)
        image_damaged(image, "its segments overlap or are out of order");
    if (header->p_vaddr % PAGE_SIZE != header->p_offset % PAGE_SIZE)
        image_damaged(image, "a segment is not aligned to pages");
    if (header->p_flags & PF_W && header->p_flags & PF_X)
        image_damaged(image, "a segment is writable and executable");
    if (image->segment_count == IMAGE_MAX_SEGMENTS)
        image_damaged(image, "too many segments");
}

static void add_segment(struct image *image, const Elf64_Phdr *header)
{
    check_segment(image, header);
    const uint64_t lead = header->p_vaddr % PAGE_SIZE;
    struct segment *segment = &image->segments[image->segment_count++];
    *segment = (struct segment){
        .start = header->p_vaddr - lead,
        .end = page_up(header->p_vaddr + header->p_memsz),
        .file_offset = header->p_offset - lead,
        .file_size = header->p_filesz ? header->p_filesz + lead : 0,
        .readable = header->p_flags & PF_R,
        .writable = header->p_flags & PF_W,
        .executable = header->p_flags & PF_X,
    };
    image->end = segment->end;
    if (!segment->readable && !segment->writable && !segment->executable) {
        image->guard_start = segment->start;
        image->guard_end = segment->end;
    }
}

static void read_segments(struct image *image)
{
    const Elf64_Ehdr *header = (const void *)image->bytes;
    const Elf64_Phdr *programs = (const void *)(image->bytes + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++)
        if (programs[i].p_type == PT_LOAD && programs[i].p_memsz)
            add_segment(image, &programs[i]);
    image->entry = header->e_entry;
    for (unsigned i = 0; i < image->segment_count; i++)
        if (image->segments[i].executable && image->entry >= image->segments[i].start &&
            image->entry < image->segments[i].end)
            return;
    image_damaged(image, "it does not start in its code");
}

void image_open(struct image *image, const char *path, uint32_t target, uint32_t abi_version)
{
    *image = (struct image){.path = path};
    map_file(image);
    check_header(image);
    image_read_notes(image, target, abi_version);
    read_segments(image);
}

void image_open_linked(struct image *image, const char *path)
{
    *image = (struct image){.path = path};
    map_file(image);
    check_header(image);
    read_segments(image);
}

void image_require_memory(const struct image *image, uint64_t megabytes)
{
    const uint64_t least = (image->end >> 20) + 2;
    if (megabytes < least)
        fail(image->path, ": --mem=", number(megabytes), " is too small for this image (give --mem=", number(least),
             " or more)");
}
