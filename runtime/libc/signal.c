/* SPDX-License-Identifier: ISC */
/*
 * No signal ever arrives, so handlers and masks may be set and have no effect. A machine fault does not pass
 * here either: the bindings report it and end the image.
 */
#include <string.h>

#include "shim.h"

/* struct sigaction as the kernel lays it out, in front of the signal set: handler, flags, restorer. */
enum { ACTION_HEAD = 3 * sizeof(long) };

/* rt_sigaction: the signal module and the interpreter's start. The old action is always the default one. */
long signal_action(void *old, size_t set_size)
{
    if (old)
        memset(old, 0, ACTION_HEAD + set_size);
    return 0;
}

/* rt_sigprocmask: musl around abort() and thread creation, the signal module. */
long signal_mask(void *old, size_t set_size)
{
    if (old)
        memset(old, 0, set_size);
    return 0;
}
