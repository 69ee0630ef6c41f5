/* SPDX-License-Identifier: ISC */
/* The notes of an image: which target it is for, which devices it needs. */
#include <linux/elf.h>

#include "image.h"
#include "memory.h"
#include "message.h"

/* A descriptor in the file, of a size that has been checked. NULL when there is no such note. */
static const uint8_t *find_note(const struct image *image, uint32_t type, uint32_t *size)
{
    const Elf64_Ehdr *header = (const void *)image->bytes;
    const Elf64_Phdr *programs = (const void *)(image->bytes + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        const Elf64_Phdr *program = &programs[i];
        struct solo5_note_header note;
        if (program->p_type != PT_NOTE || program->p_filesz < sizeof note)
            continue;
        if (program->p_offset > image->size || program->p_filesz > image->size - program->p_offset)
            image_damaged(image, "a note is not in the file");
        memcpy(&note, image->bytes + program->p_offset, sizeof note);
        if (note.name_size != sizeof SOLO5_NOTE_NAME || note.type != type ||
            memcmp(note.name, SOLO5_NOTE_NAME, sizeof SOLO5_NOTE_NAME))
            continue;
        if (note.descriptor_size > program->p_filesz - sizeof note)
            image_damaged(image, "a note is not in the file");
        *size = note.descriptor_size;
        return image->bytes + program->p_offset + sizeof note;
    }
    return NULL;
}

static const char *target_name(uint32_t target)
{
    static const char names[][8] = {"unknown", "hvt", "spt", "virtio", "muen", "genode", "xen"};
    return names[target < sizeof names / sizeof *names ? target : 0];
}

static _Noreturn void wrong_target(const struct image *image, uint32_t found)
{
    if (found == ABI_TARGET_HVT || found == ABI_TARGET_SPT)
        fail(image->path, ": an image for the target ", target_name(found), " (run it with pymirage-",
             target_name(found), ")");
    fail(image->path, ": an image for the target ", target_name(found), ", not for this tender");
}

static void check_abi(const struct image *image, uint32_t target, uint32_t abi_version)
{
    uint32_t size;
    const uint8_t *descriptor = find_note(image, ABI1_NOTE_TYPE, &size);
    if (!descriptor && find_note(image, MFT1_NOTE_TYPE, &size))
        fail(image->path, ": an image for the target unix (it needs no tender: run it by itself)");
    if (!descriptor)
        fail(image->path, ": not an image for the target ", target_name(target), " (pymirage build -t ",
             target_name(target), " makes one)");
    struct abi1_info info;
    if (size != sizeof info)
        image_damaged(image, "its ABI note");
    memcpy(&info, descriptor, sizeof info);
    if (info.target != target)
        wrong_target(image, info.target);
    if (info.version != abi_version)
        fail(image->path, ": made for version ", number(info.version), " of the ABI, this tender has ",
             number(abi_version), " (build it again)");
}

static void check_entry(const struct image *image, struct mft_entry *entry, bool first)
{
    if (entry->name[MFT_NAME_SIZE - 1])
        image_damaged(image, "a device's name in its manifest");
    if (first ? entry->type != MFT_RESERVED_FIRST || entry->name[0]
              : entry->type != MFT_DEV_NET_BASIC && entry->type != MFT_DEV_BLOCK_BASIC)
        fail(image->path, ": its manifest has a device of unknown type ", number(entry->type));
    memset(&entry->u, 0, sizeof entry->u);
    memset(&entry->b, 0, sizeof entry->b);
    entry->attached = false;
}

static void copy_manifest(struct image *image)
{
    static struct {
        struct mft header;
        struct mft_entry entries[MFT_MAX_ENTRIES];
    } copy;
    uint32_t size;
    const uint8_t *descriptor = find_note(image, MFT1_NOTE_TYPE, &size);
    if (!descriptor || size < MFT1_NOTE_SIZE(1) || size > MFT1_NOTE_SIZE(MFT_MAX_ENTRIES))
        image_damaged(image, "its manifest");
    memcpy(&copy, descriptor + MFT1_NOTE_PADDING, size - MFT1_NOTE_PADDING);
    struct mft *manifest = &copy.header;
    if (manifest->version != MFT_VERSION || manifest->entries > MFT_MAX_ENTRIES ||
        MFT1_NOTE_SIZE(manifest->entries) != size)
        image_damaged(image, "its manifest");
    for (uint32_t i = 0; i < manifest->entries; i++)
        check_entry(image, &manifest->e[i], i == 0);
    image->manifest = manifest;
}

/* An addition of ours: absent from Solo5's images, and then nothing beyond its ABI is expected of them. */
static void read_capabilities(struct image *image)
{
    uint32_t size;
    const uint8_t *descriptor = find_note(image, PMC1_NOTE_TYPE, &size);
    if (descriptor && size == sizeof image->capabilities)
        memcpy(&image->capabilities, descriptor, size);
}

/* Images that are initialised when they are built have one. */
static void read_checksum(struct image *image)
{
    uint32_t size;
    const struct pms1_info *info = (const void *)find_note(image, PMS1_NOTE_TYPE, &size);
    image->has_checksum = info;
    if (!info)
        return;
    if (size < sizeof *info || size % sizeof *info->runs)
        image_damaged(image, "the note with its checksum");
    memcpy(&image->checksum, &info->checksum, sizeof image->checksum);
    image->checksum_offset = (uint64_t)((const uint8_t *)&info->checksum - image->bytes);
    image->runs = info->runs;
    image->run_count = (size - sizeof *info) / sizeof *info->runs;
}

void image_read_notes(struct image *image, uint32_t target, uint32_t abi_version)
{
    check_abi(image, target, abi_version);
    read_capabilities(image);
    read_checksum(image);
    copy_manifest(image);
}
