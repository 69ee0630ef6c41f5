/* SPDX-License-Identifier: ISC */
/* The heap: as large as it says, zeroed, writable from its first to its last octet. Prints its size in KiB. */
#include "guest.h"

enum { STEP = 1 << 20, PAGE = 4096 };

int solo5_app_main(const struct solo5_start_info *info)
{
    volatile uint64_t *first = (void *)info->heap_start;
    volatile uint64_t *last = (void *)(info->heap_start + info->heap_size - sizeof *last);
    expect(*first == 0 && *last == 0, "zeroed memory");
    *first = *last = 0x0123456789abcdef;
    if (same(info->cmdline, "ends")) {
        print("heap ");
        print_number(info->heap_size / 1024);
        print("\n");
        return succeed();
    }
    for (size_t at = 0; at < info->heap_size; at += STEP) {
        volatile uint64_t *word = (void *)(info->heap_start + at);
        expect(at == 0 || word == last || *word == 0, "zeroed memory everywhere");
        *word = at;
        expect(*word == at, "memory that remembers");
    }
    print("heap ");
    print_number(info->heap_size / 1024);
    print("\n");
    return succeed();
}
