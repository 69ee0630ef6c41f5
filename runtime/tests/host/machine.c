/* SPDX-License-Identifier: ISC */
/* What the drivers find around them on a host: see machine.h. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "virtio.h"

jmp_buf image_ended;
char last_words[4096];
uint64_t machine_clock;
struct statistics statistics;

/* --- Chance ------------------------------------------------------------------------------------ */

static uint64_t state;

uint32_t any(uint32_t below) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 2685821657736338717ULL >> 32) % below);
}

bool rarely(void)
{
    return !any(40);
}

/* --- Cases ------------------------------------------------------------------------------------- */

static bool comes_to_its_end(void (*one_case)(void))
{
    machine_forget();
    if (setjmp(image_ended))
        return false;
    one_case();
    return true;
}

int machine_cases(int count, char **arguments, void (*one_case)(void), void (*tell)(void))
{
    if (count != 3)
        return 2;
    state = strtoull(arguments[1], NULL, 10) * 2654435761u + 1;
    const uint64_t cases = strtoull(arguments[2], NULL, 10);
    uint64_t ended = 0;
    for (uint64_t i = 0; i < cases; i++)
        ended += !comes_to_its_end(one_case);
    printf("%lu cases, %lu named errors", cases, ended);
    tell();
    return 0;
}

/* --- The end ----------------------------------------------------------------------------------- */

static _Noreturn void end(const char *what, const char *remedy)
{
    size_t length = 0;
    for (const char *at = what; *at && length < sizeof last_words - 1; at++)
        last_words[length++] = *at;
    last_words[length] = 0;
    if (!length || !remedy[0])
        abort(); /* whatever happens has a name, and something to do about it */
    longjmp(image_ended, 1);
}

_Noreturn void fatal(const char *message)
{
    end(message, "-");
}

_Noreturn void cannot_start(const char *what, const char *remedy)
{
    end(what, remedy);
}

/* --- Memory ------------------------------------------------------------------------------------ */

static void *taken[4096];
static unsigned taken_count;

void *machine_memory(uint64_t size)
{
    void *memory;
    if (taken_count == sizeof taken / sizeof *taken || posix_memalign(&memory, 4096, size ? size : 1))
        abort();
    memset(memory, 0, size);
    return taken[taken_count++] = memory;
}

/* The drivers' variables, in sections of their own (test_virtio_fuzz.py). */
extern volatile char __start_driver_data[], __stop_driver_data[], __start_driver_bss[], __stop_driver_bss[];

__attribute__((no_sanitize("address"), optimize("no-tree-loop-distribute-patterns"))) void machine_forget(void)
{
    static char *data;
    const size_t size = (size_t)(__stop_driver_data - __start_driver_data);
    while (taken_count)
        free(taken[--taken_count]);
    if (!data) {
        data = malloc(size + 1);
        for (size_t i = 0; i < size; i++)
            data[i] = __start_driver_data[i];
    }
    for (size_t i = 0; i < size; i++)
        __start_driver_data[i] = data[i];
    for (volatile char *at = __start_driver_bss; at < __stop_driver_bss; at++)
        *at = 0;
    machine_clock = 0;
    last_words[0] = 0;
}

/* --- Time -------------------------------------------------------------------------------------- */

solo5_time_t solo5_clock_monotonic(void)
{
    return machine_clock += 100000;
}
