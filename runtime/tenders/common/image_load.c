/* SPDX-License-Identifier: ISC */
/*
 * How an image gets into memory: image_load and image_verify of image.h.
 *
 * Pages come from the file, copied when written: several guests share the page cache, and what a guest never touches
 * costs nothing. The pages of an initialised image are all read beforehand, for the checksum: a damaged one is found
 * before anything runs, and the guest is spared its faults, since the kernel maps 16 pages for each of ours.
 * (MADV_POPULATE_READ and MADV_POPULATE_WRITE look at each page twice, and take longer than touching it.) That is most
 * of the work of a start, so it is cut into jobs.
 */
#include <linux/mman.h>

#include "image.h"
#include "image_checksum.h"
#include "jobs.h"
#include "linux.h"
#include "memory.h"
#include "message.h"

static struct block {
    const uint8_t *start;
    uint64_t size;
    uint64_t checksum;
} blocks[JOBS_MOST];
static unsigned block_count;

static void require_mapped(const struct image *image, long result)
{
    if (linux_failed(result))
        fail(image->path, ": cannot map the image: ", error_name(result));
}

static int protection_of(const struct segment *segment, bool executable)
{
    return (segment->readable ? PROT_READ : 0) | (segment->writable ? PROT_WRITE : 0) |
           (segment->executable ? executable ? PROT_EXEC : PROT_READ : 0);
}

/* What the file provides of a segment. The octets of the last page after the file's part must read as zero. */
static void map_segment(const struct image *image, const struct segment *segment, uint8_t *memory, int protection)
{
    uint8_t *at = memory + segment->start;
    require_mapped(image, linux_mmap((uint64_t)at, page_up(segment->file_size), protection, MAP_PRIVATE | MAP_FIXED,
                                     image->fd, segment->file_offset));
    if (segment->writable && segment->file_size % PAGE_SIZE)
        memset(at + segment->file_size, 0, PAGE_SIZE - segment->file_size % PAGE_SIZE);
}

/* The memory is readable and writable already. */
static void load_segment(const struct image *image, const struct segment *segment, uint8_t *memory, bool executable)
{
    const uint64_t from_file = page_up(segment->file_size), size = segment->end - segment->start;
    const int protection = protection_of(segment, executable);
    if (from_file)
        map_segment(image, segment, memory, protection);
    if (from_file < size && protection != (PROT_READ | PROT_WRITE))
        require_mapped(image, linux_call3(__NR_mprotect, (long)(memory + segment->start + from_file),
                                          (long)(size - from_file), protection));
}

static void bring_in(void *argument)
{
    struct block *block = argument;
    block->checksum = image_checksum(block->start, block->size);
}

static struct {
    const struct image *image;
    uint8_t *memory;
} loaded;

static bool is_in_a_written_segment(const struct image *image, uint64_t start, uint64_t size)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        if (segment->writable && start >= segment->start && start < segment->end && size <= segment->end - start)
            return true;
    }
    return false;
}

/* What every start writes to becomes this guest's own before it does: a copy later would cost it a fault or two. */
static void copy_written(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < loaded.image->run_count; i++) {
        const struct pms1_run *run = &loaded.image->runs[i];
        const uint64_t start = run->first * PAGE_SIZE, size = run->count * PAGE_SIZE;
        if (!is_in_a_written_segment(loaded.image, start, size))
            image_damaged(loaded.image, "its list of written pages");
        for (uint64_t page = start; page < start + size; page += PAGE_SIZE)
            __atomic_fetch_or(loaded.memory + page, 0, __ATOMIC_RELAXED); /* one write, and no read before it */
    }
}

static void add_block(const struct image *image, const uint8_t *start, uint64_t size)
{
    if (block_count == JOBS_MOST || !jobs_add(bring_in, &blocks[block_count]))
        fail(image->path, ": an image of more than 4096 MB");
    blocks[block_count++] = (struct block){start, size, 0};
}

/* The first page has its own part of the checksum. */
static void add_blocks(const struct image *image, const struct segment *segment, const uint8_t *memory)
{
    const uint8_t *start = memory + segment->start, *end = start + page_up(segment->file_size);
    if (segment->file_size && !segment->file_offset)
        start += PAGE_SIZE;
    for (; start < end; start += IMAGE_BLOCK)
        add_block(image, start, (uint64_t)(end - start) < IMAGE_BLOCK ? (uint64_t)(end - start) : IMAGE_BLOCK);
}

void image_load(const struct image *image, uint8_t *memory, bool executable)
{
    for (unsigned i = 0; i < image->segment_count; i++)
        load_segment(image, &image->segments[i], memory, executable);
    linux_close(image->fd);
    loaded.image = image;
    loaded.memory = memory;
    if (image->run_count)
        jobs_add(copy_written, 0);
    for (unsigned i = 0; image->has_checksum && i < image->segment_count; i++)
        if (image->segments[i].readable)
            add_blocks(image, &image->segments[i], memory);
}

/* The file's headers, and most often the note with the checksum. */
static uint64_t first_page_checksum(const struct image *image)
{
    static uint8_t page[PAGE_SIZE] __attribute__((aligned(8)));
    memcpy(page, image->bytes, image->size < PAGE_SIZE ? image->size : PAGE_SIZE);
    if (image->checksum_offset < PAGE_SIZE - sizeof image->checksum)
        memset(page + image->checksum_offset, 0, sizeof image->checksum);
    return image_checksum(page, PAGE_SIZE);
}

void image_verify(const struct image *image)
{
    uint64_t checksum = image->has_checksum ? image_checksum_fold(0, first_page_checksum(image)) : 0;
    for (unsigned i = 0; i < block_count; i++)
        checksum = image_checksum_fold(checksum, blocks[i].checksum);
    if (image->has_checksum && checksum != image->checksum)
        image_damaged(image, "its checksum is wrong");
}
