/* SPDX-License-Identifier: ISC */
/* spt: entropy. The filter keeps system calls few, so it comes from the processor, not from getrandom. */
#include "bindings.h"

size_t solo5_entropy(void *buf, size_t size)
{
    return entropy_from_processor(buf, size);
}
