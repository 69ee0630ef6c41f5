/* SPDX-License-Identifier: ISC */
/* virtio: from the loader to the application, with everything between that a tender does elsewhere. */
#include "level0.h"
#include "segments.h"
#include "virtio.h"

/* For fault reports, when the tool put them there. */
static void find_symbols(void)
{
    struct loaded {
        uint64_t count, names_size;
        Elf64_Sym table[];
    };
    for (int i = 0; i < segment_count(); i++) {
        if (!segment_holds_names(&segments()[i]))
            continue;
        const struct loaded *loaded = (const void *)segments()[i].p_vaddr;
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
    const bool damaged = image_is_damaged();
    serial_init();
    if (damaged)
        cannot_start("the image is damaged, or was not loaded whole: its checksum is wrong",
                     "build it again, or give it more memory");
    boot_info_read(protocol, information);
    memory_init();
    translations_init();
    find_symbols();
    vectors_init();
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
