/* SPDX-License-Identifier: ISC */
#include "lz4.h"

#include <string.h>

/*
 * A block is a series of: a token, whose halves are the number of literals and the length of a match less 4; more of
 * the first number, if it is 15; literals; a distance back, in two octets; more of the second number, if it is 15. The
 * last ends behind its literals. Of the block's content, the last five octets are literals, and no match begins in
 * the last twelve.
 */
enum { SHORTEST = 4, MOST_IN_TOKEN = 15, LAST_LITERALS = 5, LAST_START = 12, FARTHEST = 65535 };

/* --- Compressing ---------------------------------------------------------------------------------- */

/* How many places are compared with, the nearest first; a match that is taken as it is. */
enum { ATTEMPTS = 64, LONG_ENOUGH = 64 };

/* Where four octets last were, and where before that. */
struct history {
    uint32_t last[1 << 15];   /* by their hash; positions plus 1 */
    uint32_t before[1 << 16]; /* by their position's low bits */
};

struct match {
    uint32_t distance, length; /* 0: none */
};

/* At each position: how the rest of the block is smallest, and its size then. */
struct step {
    struct match match;
    uint32_t size;
};

size_t lz4_bound(size_t size)
{
    return size + size / 255 + 16;
}

size_t lz4_work(size_t size)
{
    return sizeof(struct history) + (size + 1) * sizeof(struct step);
}

static uint32_t *place_of(struct history *history, const uint8_t *at)
{
    uint32_t octets;

    memcpy(&octets, at, sizeof octets);
    return &history->last[octets * UINT32_C(2654435761) >> 17];
}

static void remember(struct history *history, const uint8_t *from, size_t at)
{
    uint32_t *last = place_of(history, from + at);

    history->before[at & FARTHEST] = *last;
    *last = (uint32_t)at + 1;
}

static struct match longest(struct history *history, const uint8_t *from, size_t at, size_t most)
{
    struct match best = {0, 0};
    size_t candidate = *place_of(history, from + at);

    for (int attempt = 0; attempt < ATTEMPTS && candidate && at - (candidate - 1) <= FARTHEST; attempt++) {
        const size_t before = candidate - 1;
        size_t length = 0;

        if (best.length < most && from[before + best.length] == from[at + best.length])
            while (length < most && from[before + length] == from[at + length])
                length++;
        if (length >= SHORTEST && length > best.length)
            best = (struct match){(uint32_t)(at - before), (uint32_t)length};
        candidate = history->before[before & FARTHEST];
        if (candidate > before)
            break; /* overwritten since */
    }
    return best;
}

/* From the first octet to the last: the longest match at each. */
static void find_matches(struct history *history, const uint8_t *from, size_t size, struct step *steps)
{
    memset(history, 0, sizeof *history);
    memset(steps, 0, (size + 1) * sizeof *steps);
    for (size_t at = 0, end = 0; at + LAST_START < size; at++) {
        if (at >= end)
            steps[at].match = longest(history, from, at, size - LAST_LITERALS - at);
        if (steps[at].match.length >= LONG_ENOUGH)
            end = at + steps[at].match.length;
        remember(history, from, at);
    }
}

/* A token, a distance, more of the length. */
static uint32_t size_of_match(uint32_t length)
{
    return length - SHORTEST < MOST_IN_TOKEN ? 3 : 4 + (length - SHORTEST - MOST_IN_TOKEN) / 255;
}

/* From the last octet to the first: a literal, or as much of the match as makes most of what follows. */
static void choose(size_t size, struct step *steps)
{
    for (size_t at = size; at-- > 0;) {
        const struct match match = steps[at].match;
        const uint32_t least = match.length < LONG_ENOUGH ? SHORTEST : match.length;

        steps[at].match.length = 0;
        steps[at].size = steps[at + 1].size + 1;
        for (uint32_t length = match.length; length && length >= least; length--) {
            const uint32_t rest = size_of_match(length) + steps[at + length].size;

            if (rest < steps[at].size) {
                steps[at].match.length = length;
                steps[at].size = rest;
            }
        }
    }
}

static uint8_t *put_rest(uint8_t *to, size_t rest)
{
    for (; rest >= 255; rest -= 255)
        *to++ = 255;
    *to++ = (uint8_t)rest;
    return to;
}

static uint8_t *put(uint8_t *to, const uint8_t *literals, size_t count, struct match match)
{
    const size_t length = match.length ? match.length - SHORTEST : 0;
    uint8_t *token = to++;

    *token = (uint8_t)((count < MOST_IN_TOKEN ? count : MOST_IN_TOKEN) << 4);
    if (count >= MOST_IN_TOKEN)
        to = put_rest(to, count - MOST_IN_TOKEN);
    memcpy(to, literals, count);
    to += count;
    if (!match.length)
        return to;
    *token |= (uint8_t)(length < MOST_IN_TOKEN ? length : MOST_IN_TOKEN);
    *to++ = (uint8_t)match.distance;
    *to++ = (uint8_t)(match.distance >> 8);
    return length >= MOST_IN_TOKEN ? put_rest(to, length - MOST_IN_TOKEN) : to;
}

size_t lz4_compress(void *work, const uint8_t *from, size_t size, uint8_t *to)
{
    const uint8_t *const begin = to;
    struct step *steps = (struct step *)((struct history *)work + 1);
    size_t at = 0, literals = 0;

    find_matches(work, from, size, steps);
    choose(size, steps);
    while (at < size) {
        const struct match match = steps[at].match;

        if (!match.length) {
            at++;
            continue;
        }
        to = put(to, from + literals, at - literals, match);
        at += match.length;
        literals = at;
    }
    to = put(to, from + literals, size - literals, (struct match){0, 0});
    return (size_t)(to - begin);
}

/* --- Decompressing: nothing is believed ----------------------------------------------------------- */

static bool get_rest(const uint8_t **from, const uint8_t *end, size_t *number)
{
    uint8_t more;

    if (*number < MOST_IN_TOKEN)
        return true;
    do {
        if (*from == end)
            return false;
        more = *(*from)++;
        *number += more;
    } while (more == 255);
    return true;
}

/* What is copied may be what this copying writes. */
static void copy(uint8_t *to, size_t distance, size_t count)
{
    if (distance >= count)
        memcpy(to, to - distance, count);
    else
        for (; count; count--, to++)
            *to = *(to - distance);
}

bool lz4_decompress(const uint8_t *from, size_t size, uint8_t *to, size_t length)
{
    const uint8_t *const end = from + size, *const begin = to, *const limit = to + length;

    while (from < end) {
        const uint8_t token = *from++;
        size_t count = token >> 4, distance;

        if (!get_rest(&from, end, &count) || count > (size_t)(end - from) || count > (size_t)(limit - to))
            return false;
        memcpy(to, from, count);
        from += count;
        to += count;
        if (from == end)
            return to == limit;
        if (end - from < 2)
            return false;
        distance = (size_t)(from[0] | from[1] << 8);
        from += 2;
        count = token & MOST_IN_TOKEN;
        if (!get_rest(&from, end, &count))
            return false;
        count += SHORTEST;
        if (!distance || distance > (size_t)(to - begin) || count > (size_t)(limit - to))
            return false;
        copy(to, distance, count);
        to += count;
    }
    return false;
}
