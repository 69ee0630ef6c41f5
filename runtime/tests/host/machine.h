/* SPDX-License-Identifier: ISC */
/*
 * A machine for drivers of the virtio bindings that are compiled for a host, to be tested with whatever a device, a bus
 * or a loader says: in place of bindings/virtio/processor.h (whose instructions a process may not have) and of the
 * files that reach a real machine. What a test plays is declared here and defined by it.
 */
#ifndef PYMIRAGE_TESTS_HOST_MACHINE_H
#define PYMIRAGE_TESTS_HOST_MACHINE_H

#define PYMIRAGE_VIRTIO_PROCESSOR_H /* this, instead */

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Ports, played by the test. */
void out8(uint16_t port, uint8_t value);
void out16(uint16_t port, uint16_t value);
void out32(uint16_t port, uint32_t value);
uint8_t in8(uint16_t port);
uint16_t in16(uint16_t port);
uint32_t in32(uint16_t port);

static inline void copy_octets(void *to, const void *from, uint64_t size)
{
    memcpy(to, from, size);
}

static inline void zero_octets(void *to, uint64_t size)
{
    memset(to, 0, size);
}

/* --- machine.c --------------------------------------------------------------------------------- */

/* Numbers by chance, from a seed that is printed when a test fails. */
uint32_t any(uint32_t below);
bool rarely(void); /* one time in forty */

/* A program's main(): `PROGRAM SEED CASES` plays so many cases and prints how many there were, how many of them ended
 * with a named error, and what `tell` adds. */
int machine_cases(int count, char **arguments, void (*one_case)(void), void (*tell)(void));

/* Where the drivers' fatal() and cannot_start() come out, and what they said. */
extern jmp_buf image_ended;
extern char last_words[4096];

/* Memory that machine_forget() gives back; exactly so long, so that the sanitizer sees each octet beyond. */
void *machine_memory(uint64_t size);

/* Everything that the drivers know becomes as it was at start. */
void machine_forget(void);

extern uint64_t machine_clock; /* nanoseconds; each look at it takes some */

#endif
