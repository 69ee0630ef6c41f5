/* SPDX-License-Identifier: ISC */
/* Entropy comes from the processor or the host, or not at all. */
#include <errno.h>

#include "shim.h"
#include "solo5.h"

/*
 * getrandom: os.urandom(), random's first seed, the secret behind str hashes. EIO makes each of them an OSError
 * (or a refusal to start); CPython would go on to look for /dev/urandom if the call were "not implemented".
 */
long entropy_read(void *buffer, size_t size, unsigned flags)
{
    (void)flags;
    return solo5_entropy(buffer, size) == size ? (long)size : -EIO;
}
