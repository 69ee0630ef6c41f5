/* SPDX-License-Identifier: ISC */
/*
 * pymirage-hvt: runs an image in a virtual machine of one processor, by Linux's KVM.
 *
 * The guest runs at privilege level 3 and never at a higher one: it cannot change its page tables, which
 * keep code unwritable, data not executable, and page zero and the stack's guard out of reach. This
 * process serves its hypercalls behind a seccomp filter and without privileges.
 */
#include "command_line.h"
#include "devices.h"
#include "hvt.h"
#include "jobs.h"
#include "linux.h"
#include "linux_fault.h"
#include "memory.h"
#include "message.h"
#include "net_ring_abi.h"
#include "net_rings.h"
#include "net_thread.h"
#include "processor.h"
#include "tender.h"
#include "waitset.h"

/* The host's descriptors are no business of a guest that does not share the process. */
static void write_manifest(const struct mft *manifest, struct mft *guest_copy, size_t size)
{
    memcpy(guest_copy, manifest, size);
    for (uint32_t i = 0; i < manifest->entries; i++)
        guest_copy->e[i].b.unused = 0;
}

static void write_boot_info(const struct vm *vm, const struct command *command)
{
    struct hvt_boot_info *info = (void *)(vm->memory + HVT_BOOT_INFO_BASE);
    const struct mft *manifest = vm->image->manifest;
    const size_t manifest_size = sizeof(struct mft) + manifest->entries * sizeof(struct mft_entry);
    *info = (struct hvt_boot_info){
        .mem_size = vm->memory_size,
        .kernel_end = vm->image->end,
        .cpu_cycle_freq = cpu_frequency(vm),
        .mft = HVT_BOOT_INFO_BASE + sizeof *info,
        .cmdline = HVT_BOOT_INFO_BASE + sizeof *info + manifest_size,
        .host_features = HVT_FEATURE_BLOCK_FLUSH,
        .net_rings = net_rings_exist() ? HVT_NET_RINGS_BASE : 0,
        .net_headers = vm->net_headers,
    };
    write_manifest(manifest, (struct mft *)(vm->memory + info->mft), manifest_size);
    command_line_join((char *)vm->memory + info->cmdline, HVT_CMDLINE_SIZE, command->arguments);
}

_Noreturn void tender_main(char **argv)
{
    static struct command command;
    static struct image image;
    static struct vm vm;

    message_program = "pymirage-hvt";
    command_parse(&command, argv, "hvt", HVT_ABI_VERSION);
    trace_mark(&command.options, "open the image and the devices");
    if (command.options.memory_mb > HVT_MAXIMUM_MEMORY_MB)
        fail("--mem=", number(command.options.memory_mb), ": an hvt guest has 4096 MB at most");
    image_open(&image, command.image, ABI_TARGET_HVT, HVT_ABI_VERSION);
    image_require_memory(&image, command.options.memory_mb);
    const bool knows_rings = image.capabilities & PMC1_NET_HEADER;
    vm.net_headers = devices_attach(image.manifest, &command.options, knows_rings);
    waitset_open(image.manifest, &vm.epollfd, &vm.timerfd);
    vm_open(&vm);

    trace_mark(&command.options, "load");
    vm.image = &image;
    vm.memory_size = command.options.memory_mb << 20;
    if (knows_rings)
        net_rings_add(image.manifest, vm.net_headers);
    vm_map(&vm);
    jobs_add(processor_ask_features, &vm);
    image_load(&image, vm.memory, false);
    jobs_start();
    trace_mark(&command.options, "make the machine");
    vm_create(&vm);
    if (net_rings_exist()) {
        net_rings_create(&vm);
        net_thread_prepare(&vm);
    }
    write_boot_info(&vm, &command);
    cpu_build_tables(&vm);
    trace_mark(&command.options, "wait for the image");
    jobs_finish();
    image_verify(&image);
    cpu_prepare(&vm, image.entry, HVT_BOOT_INFO_BASE);

    trace_mark(&command.options, "give up privileges");
    linux_stop_install(message_program);
    privileges_drop();
    if (net_rings_exist())
        net_thread_start();
    trace_mark(&command.options, "enter"); /* the filter knows no clock */
    hvt_filter(&vm);
    linux_exit(vm_run(&vm));
}
