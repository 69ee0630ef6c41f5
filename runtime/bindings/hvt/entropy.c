/* SPDX-License-Identifier: ISC */
/* hvt: entropy. The ABI has no call for it. */
#include "hvt.h"

size_t solo5_entropy(void *buf, size_t size)
{
    return entropy_from_processor(buf, size);
}
