/* SPDX-License-Identifier: ISC */
/* Last words of the shim itself: straight to the console, because stdio may be what failed. */
#include <string.h>

#include "shim.h"
#include "solo5.h"

void message(const char *text)
{
    solo5_console_write(text, strlen(text));
    solo5_console_write("\n", 1);
}
