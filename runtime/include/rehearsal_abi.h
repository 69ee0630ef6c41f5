/* SPDX-License-Identifier: ISC */
/*
 * Between pymirage-initialise and the tool that started it, while a start of an image is rehearsed: messages on the
 * socket that is its standard input. The image has the word until it waits; then the tool says what comes next. So what
 * happens depends on the two programs and on no clock.
 */
#ifndef PYMIRAGE_REHEARSAL_ABI_H
#define PYMIRAGE_REHEARSAL_ABI_H

#include <stdint.h>

struct rehearsal_message {
    uint32_t kind, size; /* of what follows */
};

enum rehearsal_kind {
    /* From the image. */
    REHEARSAL_STARTS = 1, /* again, as it does three times */
    REHEARSAL_PRINTS,     /* text */
    REHEARSAL_SENDS,      /* a frame, by its first network device; it may be long, and its checksum open */
    REHEARSAL_WAITS,      /* uint64_t now, uint64_t deadline: nanoseconds */
    REHEARSAL_ENDS,       /* uint32_t status */
    REHEARSAL_FAILED,     /* there is none, because one before took too long or crashed */

    /* To the image, when it waits: frames, and after them one of the others. */
    REHEARSAL_FRAME,
    REHEARSAL_GO,   /* uint64_t now */
    REHEARSAL_STOP, /* that was all */
};

/* The clock when the image starts. */
#define REHEARSAL_START UINT64_C(1000000000)

#endif
