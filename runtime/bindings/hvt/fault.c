/* SPDX-License-Identifier: ISC */
/*
 * hvt: machine faults. At level 3 the tender prepared for them. At level 0, under Solo5's tender, the image brings its
 * own descriptor tables and says itself what happened, without the function's name: its file is not in memory.
 */
#include "hvt.h"
#include "level0.h"

void fault_init(void)
{
    if (at_level_0())
        level0_init(NULL, NULL);
}
