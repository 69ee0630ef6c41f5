/* SPDX-License-Identifier: ISC */
/*
 * virtio: whether the loader brought what was built. An initialised image has a checksum, which no loader knows; so the
 * image looks by itself, before it writes to any of its segments but the stack.
 */
#include "elf_abi.h"
#include "image_checksum.h"
#include "segments.h"
#include "virtio.h"

struct load_note {
    struct solo5_note_header header;
    uint8_t checksum[sizeof(uint64_t)]; /* struct pms1_info, which may lie at any address here */
};

/* Notes are wanted in the first page, as the tool writes them. */
static bool is_in_first_page(const struct load_note *note)
{
    const uint64_t offset = (uintptr_t)note - (uintptr_t)&__ehdr_start;
    return offset <= PAGE_SIZE - sizeof *note;
}

static const struct load_note *find_note(void)
{
    for (int i = 0; i < segment_count(); i++) {
        const Elf64_Phdr *segment = &segments()[i];
        if (segment->p_type != PT_NOTE || !segment->p_vaddr || segment->p_filesz < sizeof(struct load_note))
            continue;
        const struct load_note *note = (const void *)segment->p_vaddr;
        if (note->header.type == PMS1_NOTE_TYPE && is_in_first_page(note))
            return note;
    }
    return NULL;
}

/* Headers and notes: without the checksum, which is among them. */
static uint64_t first_page_checksum(const struct load_note *note)
{
    uint8_t page[PAGE_SIZE] __attribute__((aligned(8)));
    memcpy(page, &__ehdr_start, PAGE_SIZE);
    memset(page + (note->checksum - (const uint8_t *)&__ehdr_start), 0, sizeof note->checksum);
    return image_checksum(page, PAGE_SIZE);
}

static uint64_t add_segment(uint64_t checksum, const Elf64_Phdr *segment)
{
    uint64_t at = segment->p_vaddr + (segment->p_offset ? 0 : PAGE_SIZE);
    const uint64_t end = page_up(segment->p_vaddr + segment->p_filesz);
    for (; at < end; at += IMAGE_BLOCK)
        checksum = image_checksum_fold(checksum, image_checksum((const void *)at, end - at < IMAGE_BLOCK ? end - at : IMAGE_BLOCK));
    return checksum;
}

static bool is_memory(uint64_t address)
{
    volatile uint32_t *at = (volatile uint32_t *)address;
    const uint32_t before = *at;
    *at = ~before;
    const bool kept = *at == ~before;
    *at = before;
    return kept;
}

/* Where memory ends before the image does, the memory map will say so: firmware may have written to what there is. */
static bool is_in_memory(void)
{
    for (int i = 0; i < segment_count(); i++) {
        const Elf64_Phdr *segment = &segments()[i];
        if (segment->p_type == PT_LOAD && segment->p_memsz && !is_memory(page_down(segment->p_vaddr + segment->p_memsz - 1)))
            return false;
    }
    return true;
}

bool image_is_damaged(void)
{
    const struct load_note *note = find_note();
    uint64_t expected, checksum;
    if (!note)
        return false;
    memcpy(&expected, note->checksum, sizeof expected);
    checksum = image_checksum_fold(0, first_page_checksum(note));
    for (int i = 0; i < segment_count(); i++) {
        const Elf64_Phdr *segment = &segments()[i];
        if (segment->p_type == PT_LOAD && segment->p_flags && segment->p_filesz && !segment_holds_names(segment))
            checksum = add_segment(checksum, segment);
    }
    return checksum != expected && is_in_memory();
}
