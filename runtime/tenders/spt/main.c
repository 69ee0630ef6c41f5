/* SPDX-License-Identifier: ISC */
/*
 * pymirage-spt: runs an image as an ordinary process that can do almost nothing.
 *
 * The guest is loaded into this very process at the addresses that it is linked for; the devices are opened;
 * privileges are dropped; a seccomp filter then leaves the few system calls of the spt ABI; and the guest is
 * entered, never to return. The filter is what protects the host: the guest can overwrite this program.
 */
#include <linux/mman.h>

#include "command_line.h"
#include "devices.h"
#include "image.h"
#include "jobs.h"
#include "linux.h"
#include "linux_fault.h"
#include "memory.h"
#include "message.h"
#include "spt.h"
#include "tender.h"
#include "vdso.h"
#include "waitset.h"

/* Guest addresses are host addresses. NORESERVE: the guest's size is a limit, not a claim. */
static void map_memory(uint64_t size)
{
    const long at = linux_mmap(SPT_HOST_MEM_BASE, size - SPT_HOST_MEM_BASE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (linux_failed(at))
        fail("the host refused ", number(size >> 20), " MB of memory: ", error_name(at),
             " (give less with --mem=MB)");
}

/* What the guest is told lies below the image; read only once it is written. */
static void write_boot_info(const struct command *command, const struct image *image, uint64_t memory_size,
                            uint64_t net_headers, int epollfd, int timerfd, vdso_clock_gettime *clock)
{
    struct spt_boot_info *info = (void *)SPT_BOOT_INFO_BASE;
    const size_t manifest_size = sizeof(struct mft) + image->manifest->entries * sizeof(struct mft_entry);
    *info = (struct spt_boot_info){
        .mem_size = memory_size,
        .kernel_end = image->end,
        .mft = SPT_BOOT_INFO_BASE + sizeof *info,
        .cmdline = SPT_BOOT_INFO_BASE + sizeof *info + manifest_size,
        .epollfd = epollfd,
        .timerfd = timerfd,
        .host_features = SPT_FEATURE_BLOCK_FLUSH,
        .net_headers = net_headers,
        .clock = (uintptr_t)clock,
    };
    memcpy((void *)info->mft, image->manifest, manifest_size);
    command_line_join((char *)info->cmdline, SPT_CMDLINE_SIZE, command->arguments);
    linux_call3(__NR_mprotect, SPT_HOST_MEM_BASE, SPT_GUEST_MIN_BASE - SPT_HOST_MEM_BASE, PROT_READ);
}

/* The ABI's entry: the address of the boot information, a stack at the end of memory. */
static _Noreturn void enter(uint64_t entry, uint64_t stack)
{
    __asm__ volatile("movq %1, %%rsp\n"
                     "xorl %%ebp, %%ebp\n"
                     "jmp *%0"
                     :
                     : "r"(entry), "r"(stack), "D"(SPT_BOOT_INFO_BASE));
    __builtin_unreachable();
}

_Noreturn void tender_main(char **argv)
{
    static struct command command;
    static struct image image;
    int epollfd, timerfd;

    message_program = "pymirage-spt";
    command_parse(&command, argv, "spt", SPT_ABI_VERSION);
    trace_mark(&command.options, "open the image and the devices");
    image_open(&image, command.image, ABI_TARGET_SPT, SPT_ABI_VERSION);
    image_require_memory(&image, command.options.memory_mb);
    const bool knows_headers = image.capabilities & PMC1_NET_HEADER;
    const uint64_t net_headers = devices_attach(image.manifest, &command.options, knows_headers);
    waitset_open(image.manifest, &epollfd, &timerfd);

    const uint64_t memory_size = command.options.memory_mb << 20;
    trace_mark(&command.options, "load");
    map_memory(memory_size);
    image_load(&image, (uint8_t *)0, true);
    jobs_start();
    write_boot_info(&command, &image, memory_size, net_headers, epollfd, timerfd, vdso_find_clock(argv));
    jobs_finish();
    image_verify(&image);

    trace_mark(&command.options, "give up privileges");
    linux_fault_install(&(struct linux_fault_image){image.guard_start, image.guard_end, image.bytes, image.size});
    linux_stop_install(message_program);
    privileges_drop();
    trace_mark(&command.options, "enter");
    spt_filter(image.manifest, net_headers, epollfd, timerfd);
    enter(image.entry, memory_size - 8);
}
