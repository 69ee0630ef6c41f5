/* SPDX-License-Identifier: ISC */
/*
 * Network "service", as fast as it goes: "sink" counts the frames that arrive until one asks to stop,
 * "source" sends frames for a second; "sink long" and "source long" use offloads. Prints frames, octets,
 * nanoseconds, and frames that the host did not take.
 */
#include "guest.h"

enum { BATCH = 32, CHECKSUM_START = 34, CHECKSUM_OFFSET = 16, HEADERS = 54, SEGMENT = 1448 };

static uint8_t frame[SOLO5_NET_LONGEST];
static solo5_handle_t handle;
static struct solo5_net_info device;
static uint64_t frames, octets, lost, began, ended;

static void report(void)
{
    const uint64_t figures[] = {frames, octets, ended - began, lost};
    for (unsigned i = 0; i < 4; i++) {
        print_number(figures[i]);
        print(i < 3 ? " " : "\n");
    }
}

static void sink(void)
{
    for (bool more = true; more;) {
        struct solo5_net_header header;
        size_t size;
        solo5_yield(solo5_clock_monotonic() + 3600ULL * 1000000000ULL, NULL);
        began = began ? began : solo5_clock_monotonic();
        while (more && solo5_net_receive(handle, &header, frame, sizeof frame, &size) == SOLO5_R_OK) {
            more = !asks_to_stop(frame, size);
            frames++, octets += size;
            if (frames % BATCH == 0) /* reading the clock is a system call on some targets */
                ended = solo5_clock_monotonic();
        }
    }
}

static void put16(size_t at, size_t value)
{
    frame[at] = (uint8_t)(value >> 8);
    frame[at + 1] = (uint8_t)value;
}

/* Ethernet to an address that is nobody's, IPv4, TCP: as much as the host looks at before it drops the frame. */
static void write_headers(size_t size)
{
    frame[0] = 2;
    put16(12, 0x0800);
    frame[14] = 0x45;
    put16(16, size - SOLO5_NET_HLEN);
    frame[22] = 64, frame[23] = 6;
    frame[46] = 0x50, frame[47] = 0x10;
}

static void source(bool is_long)
{
    const size_t size = is_long ? HEADERS + 45 * SEGMENT : device.mtu + SOLO5_NET_HLEN;
    const struct solo5_net_header cut = {SOLO5_NET_NEEDS_CHECKSUM, SOLO5_NET_TCP_V4, HEADERS, SEGMENT,
                                         CHECKSUM_START,           CHECKSUM_OFFSET};
    const struct solo5_net_header plain = {0};
    write_headers(size);
    for (began = ended = solo5_clock_monotonic(); ended - began < 1000000000; ended = solo5_clock_monotonic()) {
        for (int i = 0; i < BATCH; i++) {
            if (solo5_net_send(handle, is_long ? &cut : &plain, frame, size) == SOLO5_R_OK)
                frames++, octets += size;
            else
                lost++;
        }
        solo5_yield(0, NULL);
    }
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const bool is_long = same(info->cmdline, "sink long") || same(info->cmdline, "source long");
    expect(solo5_net_acquire("service", &handle, &device) == SOLO5_R_OK, "the device");
    expect(!is_long || solo5_net_offload(handle, true) == SOLO5_R_OK, "offloads");
    print("ready\n");
    if (info->cmdline[1] == 'i')
        sink();
    else
        source(is_long);
    report();
    return succeed();
}
