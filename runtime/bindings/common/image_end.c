/* SPDX-License-Identifier: ISC */
/* Where the image's file ends in memory: see solo5.h. */
#include "bindings.h"

uintptr_t solo5_image_end = (uintptr_t)__image_end;
