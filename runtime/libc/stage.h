/* SPDX-License-Identifier: ISC */
/*
 * The two stages of an image. *Initialise* runs up to the call of boot() in the generated program, once, when the
 * image is built; what memory then holds is the image. *Start* goes on from there at each boot. A cold image does
 * both at each boot, and is in the second stage all the time.
 */
#ifndef PYMIRAGE_LIBC_STAGE_H
#define PYMIRAGE_LIBC_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True while an image is being built, between _initialise and stage_save(). */
bool stage_is_initialise(void);

/*
 * Whether the program may now ask the platform for (what), for example "the clock". Always in the second stage; in
 * the first if stage_judge, where there is one, allows it.
 */
bool stage_allows(const char *what);

extern bool (*stage_judge)(const char *what);

/* Zeroed memory for the work of the first stage itself, which no file will have; never freed. */
void *stage_scratch(size_t size);

/* What the first stage leaves for when it happens again (packing.h). */
struct initialise_plan *stage_plan(void);

/*
 * Ends the first stage: pages that are free become zero, and memory is written to the file, with (remarks) for its
 * reader. Then a start is rehearsed, to see what it runs and writes to.
 */
_Noreturn void stage_save(const char *remarks);

/* Whether this image was brought up when it was built; then stage_resume() is what comes first. */
bool stage_was_saved(void);
void stage_resume(void *heap_start, size_t heap_size);

/* Whether this image was saved without CPython's compiler (python/compiler.c). */
bool stage_without_eval(void);

/* The platform: in the first stage the program that builds, in the second the contract. */
void stage_write(const char *text, size_t size);
long stage_set_thread_pointer(uintptr_t base);
_Noreturn void stage_exit(int status);

/*
 * What C code has to do again when a saved image starts: processor features that it looked up, random state.
 *
 *     static void again(void) { ... }
 *     STAGE_ON_RESUME(again);
 */
typedef void stage_hook(void);
#define STAGE_ON_RESUME(function)                                                                                  \
    __attribute__((section(".resume_array"), used)) static stage_hook *const function##_on_resume = function

#endif
