/* SPDX-License-Identifier: ISC */
/* unix: entropy, from the host's kernel. getrandom gives up to 256 octets at once without interruption. */
#include "process.h"

size_t solo5_entropy(void *buf, size_t size)
{
    for (size_t done = 0; done < size;) {
        const size_t part = size - done < 256 ? size - done : 256;
        if (linux_call3(__NR_getrandom, (long)buf + (long)done, (long)part, 0) != (long)part)
            return 0;
        done += part;
    }
    return size;
}
