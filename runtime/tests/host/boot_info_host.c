/* SPDX-License-Identifier: ISC */
/* The loader's information without the search in the lowest megabyte, which a process does not have. */
#include "../../bindings/virtio/boot_info.c"

void boot_info_read_host(bool multiboot, uint64_t address);

void boot_info_read_host(bool multiboot, uint64_t address)
{
    if (multiboot)
        read_multiboot2(address);
    else
        read_pvh(address);
}
