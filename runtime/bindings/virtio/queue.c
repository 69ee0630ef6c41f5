/* SPDX-License-Identifier: ISC */
/* One split virtqueue, the driver's side: see queue.h. */
#include "queue.h"

enum { NEXT = 1, WRITE = 2 };                     /* 2.7.5 */
enum { NO_INTERRUPT = 1, NO_NOTIFY = 1 };         /* 2.7.7, 2.7.10 */

uint16_t queue_size_for(uint32_t offered, uint32_t wanted)
{
    uint32_t size = wanted < QUEUE_LARGEST ? wanted : QUEUE_LARGEST;
    while (size > offered)
        size /= 2;
    return (uint16_t)size;
}

static size_t used_offset(uint16_t size)
{
    const size_t end = size * sizeof(struct queue_descriptor) + sizeof(struct queue_available) + (size + 1U) * 2;
    return (end + QUEUE_ALIGNMENT - 1) & ~(size_t)(QUEUE_ALIGNMENT - 1);
}

/* The device's part ends on a page, so that what is ours alone shares none with it. */
static size_t shared_size(uint16_t size)
{
    const size_t end = used_offset(size) + sizeof(struct queue_used) + size * 8U + 2;
    return (end + QUEUE_ALIGNMENT - 1) & ~(size_t)(QUEUE_ALIGNMENT - 1);
}

size_t queue_memory(uint16_t size)
{
    return shared_size(size) + size * sizeof(struct queue_chain);
}

void queue_init(struct queue *queue, uint16_t size, void *memory, bool event_index)
{
    char *at = memory;
    *queue = (struct queue){
        .size = size,
        .event_index = event_index,
        .descriptors = memory,
        .available = (void *)(at + size * sizeof(struct queue_descriptor)),
        .used = (void *)(at + used_offset(size)),
        .chains = (void *)(at + shared_size(size)),
        .free_count = size,
    };
    queue->available->flags = queue->available->index = 0;
    queue->used->flags = queue->used->index = 0;
    for (uint16_t i = 0; i < size; i++)
        queue->chains[i] = (struct queue_chain){.next = (uint16_t)(i + 1)};
    queue_interrupts(queue, false);
}

bool queue_add(struct queue *queue, const struct queue_part *parts, unsigned out, unsigned in, uint16_t *head)
{
    const unsigned count = out + in;
    if (!count || count > queue->free_count)
        return false;
    struct queue_chain *first = &queue->chains[queue->free];
    *head = queue->free;
    first->writable = 0;
    first->count = (uint16_t)count;
    for (unsigned i = 0; i < count; i++) {
        const uint16_t at = queue->free;
        queue->free = queue->chains[at].next;
        queue->descriptors[at] = (struct queue_descriptor){
            .address = parts[i].address,
            .length = parts[i].length,
            .flags = (uint16_t)((i + 1 < count ? NEXT : 0) | (i >= out ? WRITE : 0)),
            .next = queue->free,
        };
        first->writable += i >= out ? parts[i].length : 0;
    }
    queue->free_count = (uint16_t)(queue->free_count - count);
    queue->available->ring[queue->available_index & (queue->size - 1)] = *head;
    queue->available_index++;
    __atomic_store_n(&queue->available->index, queue->available_index, __ATOMIC_RELEASE);
    return true;
}

/* Behind each ring is the other side's wish (2.7.7.2, 2.7.10.1): "from this index on". */
static uint16_t device_wish(const struct queue *queue)
{
    const void *at = &queue->used->ring[queue->size];
    return __atomic_load_n((const uint16_t *)at, __ATOMIC_RELAXED);
}

/* The fence: either we see that the device sleeps, or it sees what was added before it does. */
bool queue_wants_kick(struct queue *queue)
{
    const uint16_t new = queue->available_index, old = queue->announced_index;
    if (new == old)
        return false;
    queue->announced_index = new;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (queue->event_index)
        return (uint16_t)(new - device_wish(queue) - 1) < (uint16_t)(new - old);
    return !(__atomic_load_n(&queue->used->flags, __ATOMIC_RELAXED) & NO_NOTIFY);
}

bool queue_has(const struct queue *queue)
{
    return __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE) != queue->used_index;
}

bool queue_rests(const struct queue *queue)
{
    return __atomic_load_n(&queue->used->index, __ATOMIC_RELAXED) == queue->announced_index;
}

static enum queue_state broken(struct queue *queue, const char *damage)
{
    queue->damage = damage;
    return QUEUE_BROKEN;
}

static void release(struct queue *queue, uint16_t head)
{
    const uint16_t count = queue->chains[head].count;
    uint16_t last = head;
    for (uint16_t i = 1; i < count; i++)
        last = queue->chains[last].next;
    queue->chains[head].count = 0;
    queue->chains[last].next = queue->free;
    queue->free = head;
    queue->free_count = (uint16_t)(queue->free_count + count);
}

/* Everything of the device's is read once: it may change at any time. */
enum queue_state queue_take(struct queue *queue, uint16_t *head, uint32_t *length)
{
    if (queue->damage)
        return QUEUE_BROKEN;
    const uint16_t index = __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE);
    const uint16_t waiting = (uint16_t)(index - queue->used_index);
    if (!waiting)
        return QUEUE_NOT_NOW;
    if (waiting > queue->size - queue->free_count)
        return broken(queue, "it gave back more than it had");
    const uint16_t at = queue->used_index & (queue->size - 1);
    const uint32_t id = __atomic_load_n(&queue->used->ring[at].id, __ATOMIC_RELAXED);
    const uint32_t written = __atomic_load_n(&queue->used->ring[at].length, __ATOMIC_RELAXED);
    if (id >= queue->size || !queue->chains[id].count)
        return broken(queue, "it gave back what it did not have");
    if (written > queue->chains[id].writable)
        return broken(queue, "it claims to have written more than there was room");
    *head = (uint16_t)id;
    *length = written;
    queue->used_index++;
    release(queue, *head);
    return QUEUE_READY;
}

void queue_interrupts(struct queue *queue, bool wanted)
{
    if (queue->event_index)
        __atomic_store_n(&queue->available->ring[queue->size], (uint16_t)(queue->used_index - !wanted), __ATOMIC_RELAXED);
    else
        __atomic_store_n(&queue->available->flags, wanted ? 0 : NO_INTERRUPT, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
