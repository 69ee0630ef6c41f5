/* SPDX-License-Identifier: ISC */
/* virtio: what is the same for all ways to reach a device: see transport.h. */
#include "transport.h"

struct transport transports[MOST_TRANSPORTS];
uint32_t transport_count;

static bool any_polled;

static const char *type_name(enum device_type type)
{
    static const char *const names[] = {"", "network device", "block device", "console", "entropy device"};
    return names[type];
}

struct transport *transport_new(const struct transport_kind *kind, enum device_type type, const char *bus,
                                uint64_t address)
{
    if (transport_count == MOST_TRANSPORTS)
        return NULL;
    struct transport *transport = &transports[transport_count];
    static struct text place;
    place.length = 0;
    text_add(&place, bus);
    text_hexadecimal(&place, address);
    *transport = (struct transport){
        .kind = kind, .type = type, .vector = (uint8_t)(FIRST_DEVICE_VECTOR + transport_count)};
    memcpy(transport->place, place.bytes, place.length < sizeof transport->place ? place.length : sizeof transport->place - 1);
    transport_count++;
    return transport;
}

void transport_share_line(struct transport *transport, uint8_t line)
{
    for (uint32_t i = 0; line && i < transport_count; i++)
        if (transports[i].line == line) {
            transport->vector = transports[i].vector;
            transport->line = line;
            return;
        }
    const struct isa_line isa = acpi_isa_line(line);
    transport->polled = !line || isa.line == acpi_interrupt() || !interrupts_route_shared(isa, transport->vector);
    if (!transport->polled)
        transport->line = line;
}

static void describe(struct text *text, const struct transport *transport)
{
    text_add(text, "the virtio ");
    text_add(text, type_name(transport->type));
    text_add(text, " at ");
    text_add(text, transport->place);
    text_add(text, " ");
}

_Noreturn void transport_broken(const struct transport *transport, const char *what)
{
    static struct text text;
    describe(&text, transport);
    text_add(&text, "broke the rules: ");
    text_add(&text, what);
    text.bytes[text.length] = 0;
    fatal(text.bytes);
}

void transport_tell_polled(void)
{
    for (uint32_t i = 0; i < transport_count; i++) {
        static struct text text;
        if (!transports[i].polled)
            continue;
        text.length = 0;
        text_add(&text, "pymirage-virtio: ");
        describe(&text, &transports[i]);
        text_add(&text, "has neither MSI-X nor a line of PCI's own that the firmware numbered: it is looked at each millisecond\n");
        solo5_console_write(text.bytes, text.length);
    }
}

static _Noreturn void cannot_agree(const struct transport *transport, uint64_t offered)
{
    static struct text text;
    describe(&text, transport);
    text_add(&text, "wants features that the image has not: it offers ");
    text_hexadecimal(&text, offered);
    text_add(&text, ", of which the image takes ");
    text_hexadecimal(&text, transport->accepted);
    text.bytes[text.length] = 0;
    cannot_start(text.bytes, "leave out its option, such as iommu_platform=on");
}

static void reset(struct transport *transport)
{
    const uint64_t patience = 1000000000, deadline = solo5_clock_monotonic() + patience;
    transport->kind->set_status(transport, STATUS_RESET);
    while (transport->kind->status(transport) != STATUS_RESET) {
        if (solo5_clock_monotonic() > deadline)
            transport_broken(transport, "it was not reset within a second");
        __builtin_ia32_pause();
    }
}

void transport_negotiate(struct transport *transport, uint64_t wanted)
{
    const struct transport_kind *kind = transport->kind;
    reset(transport);
    kind->set_status(transport, STATUS_ACKNOWLEDGE);
    kind->set_status(transport, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    const uint64_t offered = kind->features(transport);
    transport->accepted = offered & (wanted | FEATURE_EVENT_INDEX | (kind->legacy ? 0 : FEATURE_VERSION_1));
    kind->accept(transport, transport->accepted);
    if (kind->legacy)
        return;
    kind->set_status(transport, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
    if (!(transport->accepted & FEATURE_VERSION_1) || !(kind->status(transport) & STATUS_FEATURES_OK))
        cannot_agree(transport, offered);
}

uint16_t transport_queue_size(struct transport *transport, uint16_t number, uint16_t wanted)
{
    const uint32_t offered = transport->kind->queue_size(transport, number);
    if (!offered || offered & (offered - 1))
        transport_broken(transport, "a queue's size is no power of two");
    /* Before 1.0 the size is the device's alone. */
    if (transport->kind->legacy && transport->port)
        return offered <= QUEUE_LARGEST ? (uint16_t)offered : (transport_broken(transport, "a queue is too large"), 0);
    return queue_size_for(offered, wanted);
}

void transport_queue(struct transport *transport, uint16_t number, uint16_t size, void *memory, struct queue *queue)
{
    queue_init(queue, size, memory, transport->accepted & FEATURE_EVENT_INDEX);
    transport->kind->queue_enable(transport, number, queue);
}

void transport_start(struct transport *transport)
{
    const uint8_t agreed = transport->kind->legacy ? 0 : STATUS_FEATURES_OK;
    transport->kind->set_status(transport, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK | agreed);
    any_polled |= transport->polled;
}

void transport_kick(struct transport *transport, uint16_t number, struct queue *queue)
{
    if (!queue_wants_kick(queue))
        return;
    statistics.kicks++;
    transport->kind->kick(transport, number);
}

/* A device without interrupts that we know how to route is looked at every millisecond. */
uint64_t transport_wait(uint64_t deadline)
{
    if (any_polled) {
        const uint64_t soon = solo5_clock_monotonic() + 1000000;
        deadline = soon < deadline ? soon : deadline;
    }
    interrupts_wait(deadline);
    const uint64_t vectors = interrupts_came();
    for (uint32_t i = 0; i < transport_count; i++)
        if (vectors >> transports[i].vector & 1 && transports[i].kind->quiet)
            transports[i].kind->quiet(&transports[i]);
    interrupts_quiet(vectors);
    return vectors;
}

bool transport_await(struct queue *queue, uint64_t nanoseconds)
{
    const uint64_t deadline = solo5_clock_monotonic() + nanoseconds;
    bool found;
    queue_interrupts(queue, true);
    while (!(found = queue_has(queue)) && solo5_clock_monotonic() < deadline)
        transport_wait(deadline);
    queue_interrupts(queue, false);
    return found;
}
