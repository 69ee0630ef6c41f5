/* SPDX-License-Identifier: ISC */
/* Starts, knows its target, prints, ends. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    expect(info->heap_size > 0 && info->heap_start % 4096 == 0, "a heap on a page");
    print("target ");
    print(solo5_target());
    print("\n");
    return succeed();
}
