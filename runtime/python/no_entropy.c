/* SPDX-License-Identifier: ISC */
#include "no_entropy.h"

#include <string.h>

#include "solo5.h"

const char *no_entropy(void)
{
    if (strcmp(solo5_target(), "virtio"))
        return "no entropy: neither the processor (RDRAND, RDSEED) nor the host provides any";
    return "no entropy: neither the processor (RDRAND, RDSEED) nor a virtio device provides any "
           "(in QEMU add -device virtio-rng-pci)";
}
