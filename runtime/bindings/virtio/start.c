/* SPDX-License-Identifier: ISC */
/* virtio: from the loader to the application, with everything between that a tender does elsewhere. */
#include "level0.h"
#include "virtio.h"

extern const Elf64_Ehdr __ehdr_start;

/* The last loaded segment holds names of functions for fault reports, when the tool put them there. */
static void find_symbols(void)
{
    struct loaded {
        uint64_t count, names_size;
        Elf64_Sym table[];
    };
    const Elf64_Phdr *segments = (const void *)((uintptr_t)&__ehdr_start + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        if (segments[i].p_type != PT_LOAD || segments[i].p_flags != PF_R || segments[i].p_vaddr < (uintptr_t)__image_end ||
            !segments[i].p_filesz)
            continue;
        const struct loaded *loaded = (const void *)segments[i].p_vaddr;
        level0_symbols(&(struct symbols){
            .table = loaded->table,
            .count = loaded->count,
            .names = (const char *)&loaded->table[loaded->count],
            .names_size = loaded->names_size,
        });
    }
}

_Noreturn void bindings_start(uint32_t protocol, uint64_t information)
{
    serial_init();
    boot_info_read(protocol, information);
    memory_init();
    find_symbols();
    interrupts_init();
    command_line_take_words();
    acpi_init();
    time_init();
    devices_init();
    acpi_watch_button();
    const struct range heap = memory_heap();
    application_run_in(boot_info.command_line, heap.start, heap.end);
}

const char *solo5_target(void)
{
    return "virtio";
}
