/* SPDX-License-Identifier: ISC */
/* Ends with the status that its argument says; "abort" aborts, "return N" returns it. */
#include "guest.h"

static int number_in(const char *digits)
{
    int value = 0;
    for (; *digits; digits++)
        value = value * 10 + (*digits - '0');
    return value;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    print("SUCCESS\n");
    if (same(info->cmdline, "abort"))
        solo5_abort();
    if (info->cmdline[0] == 'r')
        return number_in(info->cmdline + length_of("return "));
    solo5_exit(number_in(info->cmdline));
}
