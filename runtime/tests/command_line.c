/* SPDX-License-Identifier: ISC */
/* Prints its command line between brackets. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    print("[");
    print(info->cmdline);
    print("]\n");
    return succeed();
}
