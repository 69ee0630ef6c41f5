/* SPDX-License-Identifier: ISC */
/*
 * A hostile device against runtime/bindings/virtio/queue.c, on a host, under the sanitizers: it writes anything into the
 * memory that it shares, and into the used ring what is nearly right. Whatever it does, a queue answers with a state;
 * what it hands back was handed over, and no part of ours changes.
 *
 *   queue_fuzz SEED ROUNDS
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue.h"

static uint64_t state;

static uint32_t any(uint32_t below) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 2685821657736338717ULL >> 32) % below);
}

struct given {
    int with_device;
    uint32_t writable;
};

static struct queue queue;
static struct given given[QUEUE_LARGEST];
static unsigned in_flight;

static void hand_over(void)
{
    struct queue_part parts[8];
    const unsigned out = any(4), in = any(4), before = queue.free_count;
    uint32_t writable = 0;
    uint16_t head;
    for (unsigned i = 0; i < out + in; i++) {
        parts[i] = (struct queue_part){any(1 << 30), any(70000)};
        writable += i >= out ? parts[i].length : 0;
    }
    if (!queue_add(&queue, parts, out, in, &head)) {
        assert(out + in == 0 || out + in > before);
        return;
    }
    assert(head < queue.size && !given[head].with_device);
    given[head] = (struct given){1, writable};
    in_flight++;
}

static unsigned some_head(void)
{
    for (unsigned i = 0, at = any(queue.size); i < queue.size; i++, at = (at + 1) % queue.size)
        if (given[at].with_device)
            return at;
    return 0;
}

/* A device that keeps the rules, but for (wrong). */
static void give_back(int wrong)
{
    const uint16_t index = queue.used->index, at = index & (queue.size - 1);
    const unsigned head = some_head();
    queue.used->ring[at].id = wrong == 1 ? any(UINT32_MAX) : wrong == 2 ? any(queue.size) : head;
    queue.used->ring[at].length = wrong == 3 ? any(UINT32_MAX) : any(given[head].writable + 1);
    queue.used->index = (uint16_t)(index + (wrong == 4 ? any(65536) : 1));
}

static void scribble(size_t shared)
{
    uint8_t *memory = (uint8_t *)queue.descriptors;
    for (unsigned i = any(64); i; i--)
        memory[any((uint32_t)shared)] = (uint8_t)any(256);
}

static enum queue_state take_back(void)
{
    uint16_t head;
    uint32_t length;
    const enum queue_state result = queue_take(&queue, &head, &length);
    if (result == QUEUE_READY) {
        assert(head < queue.size && given[head].with_device && length <= given[head].writable);
        given[head].with_device = 0;
        in_flight--;
    }
    assert((result == QUEUE_BROKEN) == (queue.damage != NULL));
    return result;
}

static unsigned round_of(int hostile)
{
    const uint16_t size = (uint16_t)(1 << any(11));
    const size_t octets = queue_memory(size), shared = octets - size * sizeof(struct queue_chain);
    void *memory = aligned_alloc(QUEUE_ALIGNMENT, (octets + QUEUE_ALIGNMENT - 1) & ~(size_t)(QUEUE_ALIGNMENT - 1));
    assert(memory);
    memset(memory, 0, octets);
    memset(given, 0, sizeof given);
    in_flight = 0;
    queue_init(&queue, size, memory, any(2));
    unsigned broken = 0;
    for (unsigned step = 0; step < 300 && !broken; step++) {
        switch (any(hostile ? 8 : 6)) {
        case 0:
        case 1:
            hand_over();
            break;
        case 2:
        case 3:
            if (in_flight)
                give_back(hostile && !any(20) ? 1 + (int)any(4) : 0);
            broken = take_back() == QUEUE_BROKEN;
            break;
        case 4:
            queue_wants_kick(&queue);
            assert(hostile || queue_rests(&queue) == !in_flight);
            break;
        case 5:
            queue_interrupts(&queue, any(2));
            queue_has(&queue);
            break;
        default:
            if (!any(10))
                scribble(shared);
            broken = take_back() == QUEUE_BROKEN;
        }
    }
    assert(hostile || !broken);
    assert(!broken || take_back() == QUEUE_BROKEN); /* it stays so */
    free(memory);
    return broken;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    state = strtoull(arguments[1], NULL, 10) * 2654435761u + 1;
    unsigned broken = 0;
    const unsigned rounds = (unsigned)strtoul(arguments[2], NULL, 10);
    for (unsigned i = 0; i < rounds; i++)
        broken += round_of(i & 1);
    printf("%u rounds, %u devices found out\n", rounds, broken);
    return 0;
}
