/* SPDX-License-Identifier: ISC */
/* Entropy comes from the processor or the host, or not at all. */
#include <errno.h>
#include <string.h>

#include "shim.h"
#include "solo5.h"
#include "stage.h"

/*
 * getrandom: os.urandom(), random's first seed, the secret behind str hashes. EIO makes each of them an OSError
 * (or a refusal to start); after ENOSYS or EPERM, CPython would never ask again. While an image is built nothing is
 * random; who may ask all the same asks again when the image starts (python/random.c).
 */
long entropy_read(void *buffer, size_t size, unsigned flags)
{
    (void)flags;
    if (!stage_allows("entropy"))
        return -EIO;
    if (stage_is_initialise()) {
        memset(buffer, 0, size);
        return (long)size;
    }
    return solo5_entropy(buffer, size) == size ? (long)size : -EIO;
}
