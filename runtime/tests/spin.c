/* SPDX-License-Identifier: ISC */
/* Computes for ever without a call: for tests that a busy guest can be stopped. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    print("SUCCESS\n");
    for (;;)
        __asm__ volatile("pause");
}
