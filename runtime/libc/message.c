/* SPDX-License-Identifier: ISC */
/* Last words of the shim itself: straight to the console, because stdio may be what failed. */
#include <string.h>

#include "shim.h"
#include "stage.h"

void message(const char *text)
{
    stage_write(text, strlen(text));
    stage_write("\n", 1);
}
