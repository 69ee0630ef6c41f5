/* SPDX-License-Identifier: ISC */
/* unix: from the host's kernel to the application. */
#include <linux/mman.h>

#include "command_line.h"
#include "devices.h"
#include "message.h"
#include "options.h"
#include "unix.h"
#include "waitset.h"

enum { COMMAND_LINE_SIZE = 8192 };

/* The kernel leaves argc, argv and the environment on the stack (System V ABI, 3.4.1). */
START_ON_OWN_STACK("  movq %rsp, %rdi\n");

struct process process = {.flush_allowed = true};

static char command_line[COMMAND_LINE_SIZE];

/* Leading options are the tender's; the first other argument, or "--", begins the image's. */
static char **take_options(char **argv, struct options *options)
{
    while (*argv && options_take(options, *argv))
        argv++;
    return *argv && string_equal(*argv, "--") ? argv + 1 : argv;
}

/* The image's note is constant; the completed copy lives as long as the image. */
static struct mft *manifest_copy(void)
{
    static struct {
        struct mft header;
        struct mft_entry entries[MFT_MAX_ENTRIES];
    } copy;
    const struct mft *manifest = mft1_note_manifest(&solo5_mft1_note);
    if (manifest->version != MFT_VERSION || manifest->entries > MFT_MAX_ENTRIES)
        fail("the image's manifest is damaged (build it again)");
    memcpy(&copy, manifest, offsetof(struct mft, e) + manifest->entries * sizeof(struct mft_entry));
    return &copy.header;
}

/*
 * As under a tender, --mem counts the image too, and address space is not memory: the host gives pages
 * when they are touched. The heap follows the image, where the addresses are free.
 */
static uint64_t map_heap(uint64_t megabytes)
{
    const uint64_t start = solo5_image_end, end = megabytes << 20;
    if (end <= start)
        fail("--mem=", number(megabytes), " is too small for this image (give --mem=", number((start >> 20) + 2),
             " or more)");
    const long at = linux_mmap(start, end - start, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (linux_failed(at))
        fail("the host refused ", number(megabytes), " MB of memory: ", error_name(at),
             " (give less with --mem=MB)");
    return end;
}

__attribute__((used)) static _Noreturn void bindings_start(uint64_t *stack)
{
    static struct options options = {.memory_mb = DEFAULT_MEMORY_MB};
    char **argv = (char **)(stack + 1);
    message_program = *argv ? *argv : "image";
    fault_init(message_program);
    process.clock = vdso_find_clock(argv);
    char **arguments = take_options(*argv ? argv + 1 : argv, &options);
    command_line_join(command_line, sizeof command_line, arguments);
    struct mft *manifest = manifest_copy();
    process.net_headers = devices_attach(manifest, &options, true);
    bindings_manifest = manifest;
    waitset_open(manifest, &process.epollfd, &process.timerfd);
    process.timer_at = 0;
    application_run(command_line, map_heap(options.memory_mb));
}

const char *solo5_target(void)
{
    return "unix";
}
