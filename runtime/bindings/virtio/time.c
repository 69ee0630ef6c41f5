/* SPDX-License-Identifier: ISC */
/*
 * virtio: time. The monotonic clock is the time-stamp counter. How fast it runs KVM says (pvclock.h); elsewhere it is
 * measured beside a slow counter: for a millisecond at start, and then again over ten times as long each time, until an
 * hour's error is a microsecond. What the clock showed stays so; only its pace changes.
 *
 * The wall clock is KVM's, or the battery-backed one (rtc.c).
 */
#include "level0.h"
#include "pvclock.h"
#include "reference.h"
#include "rtc.h"
#include "virtio.h"

enum { MEASURED = 1000, SAMPLES = 4 }; /* microseconds at start; looks at each end, of which the quickest counts */

static const volatile struct pvclock_time *pvclock;
static uint64_t pvclock_start;
static uint64_t base_ticks, base_nanoseconds;
static uint64_t nanoseconds_per_tick; /* fixed point, 32 fractional bits */
static uint64_t frequency;

static struct reference reference;
static struct sample {
    uint64_t ticks;
    uint32_t count, local;
} first;
static uint64_t refine_at = UINT64_MAX, refine_after; /* nanoseconds */

static struct sample take_sample(void)
{
    struct sample best = {0};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < SAMPLES; i++) {
        const uint64_t before = rdtsc();
        const uint32_t count = reference.read(), local = local_timer_needs_frequency() ? local_timer_count() : 0;
        const uint64_t duration = rdtsc() - before;
        if (duration >= shortest)
            continue;
        shortest = duration;
        best = (struct sample){before + duration / 2, count & reference.mask, local};
    }
    return best;
}

static uint64_t count_between(uint32_t from, uint32_t to)
{
    return (to - from) & reference.mask;
}

static void set_frequency(uint64_t hertz)
{
    if (hertz < 1000000)
        cannot_start("the processor's clock stands still", "the image needs a time-stamp counter");
    frequency = hertz;
    nanoseconds_per_tick = (1000000000ULL << 32) / hertz;
}

static void measure(void)
{
    reference = reference_find();
    if (!reference.read)
        cannot_start("there is no timer to measure the processor's clock by", "QEMU's microvm: -M microvm,pit=on");
    local_timer_start();
    first = take_sample();
    const uint64_t wanted = reference.frequency * MEASURED / 1000000;
    while (count_between(first.count, reference.read() & reference.mask) < wanted)
        __builtin_ia32_pause();
    const struct sample second = take_sample();
    const uint64_t counted = count_between(first.count, second.count);
    set_frequency((second.ticks - first.ticks) * reference.frequency / counted);
    local_timer_done((uint64_t)(second.local - first.local) * reference.frequency / counted);
}

void time_init(void)
{
    base_ticks = rdtsc();
    pvclock = pvclock_init(&pvclock_start);
    if (pvclock) {
        const struct pvclock_time time = {.multiplier = pvclock->multiplier, .shift = pvclock->shift};
        set_frequency(pvclock_frequency(&time));
    }
    if (!pvclock || local_timer_needs_frequency())
        measure();
    if (!pvclock) {
        rtc_init();
        refine_after = 100000000;
        refine_at = refine_after;
    }
}

/* How often the counter wrapped is known, as the pace is known well enough for ten times as long. */
void time_refine(void)
{
    const uint64_t now = solo5_clock_monotonic();
    if (now < refine_at)
        return;
    const struct sample sample = take_sample();
    const uint64_t period = (uint64_t)reference.mask + 1, part = count_between(first.count, sample.count);
    const uint64_t passed = sample.ticks - first.ticks, expected = scale(passed, reference.frequency, frequency);
    const uint64_t wraps = (expected + period / 2 - part) / period;
    const uint64_t counted = wraps * period + part;
    base_nanoseconds = solo5_clock_monotonic();
    base_ticks = rdtsc();
    set_frequency(scale(passed, reference.frequency, counted));
    rtc_look();
    if (refine_after < 3600000000000ULL)
        refine_after *= 10;
    refine_at = now + refine_after;
}

solo5_time_t solo5_clock_monotonic(void)
{
    if (pvclock)
        return pvclock_now(pvclock);
    return base_nanoseconds + (uint64_t)((unsigned __int128)(rdtsc() - base_ticks) * nanoseconds_per_tick >> 32);
}

uint64_t time_ticks_at(uint64_t nanoseconds)
{
    const uint64_t now = solo5_clock_monotonic(), wait = nanoseconds > now ? nanoseconds - now : 0;
    const uint64_t bounded = wait > 1ULL << 42 ? 1ULL << 42 : wait; /* an hour */
    return rdtsc() + scale(bounded, frequency, 1000000000);
}

solo5_time_t solo5_clock_wall(void)
{
    return pvclock ? pvclock_start + pvclock_now(pvclock) : rtc_offset() + solo5_clock_monotonic();
}
