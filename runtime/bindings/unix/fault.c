/* SPDX-License-Identifier: ISC */
/* unix: machine faults. The symbols are in the file that was executed. */
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>

#include "linux_fault.h"
#include "unix.h"

void fault_init(const char *program)
{
    struct linux_fault_image image = {.guard_start = (uintptr_t)__guard_start, .guard_end = (uintptr_t)__guard_end};
    const long fd = linux_open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        const long size = linux_call3(__NR_lseek, fd, 0, SEEK_END);
        const long at = size > 0 ? linux_mmap(0, (size_t)size, PROT_READ, MAP_PRIVATE, (int)fd, 0) : -1;
        if (!linux_failed(at)) {
            image.file = (const void *)at;
            image.file_size = (uint64_t)size;
        }
        linux_close((int)fd);
    }
    linux_fault_install(&image);
    linux_stop_install(program);
}
