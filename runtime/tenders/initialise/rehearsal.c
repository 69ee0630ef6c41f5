/* SPDX-License-Identifier: ISC */
/* A platform that is the same every time: see rehearsal.h. */
#include "rehearsal.h"

#include <asm/prctl.h>
#include <linux/mman.h>
#include <linux/socket.h>
#include <stdbool.h>

#include "initialise_abi.h"
#include "linux.h"
#include "memory.h"
#include "message.h"
#include "net_header.h"
#include "rehearsal_abi.h"
#include "solo5.h"

enum { SOCKET = 0, NO_SIGNAL = 0x4000 /* MSG_NOSIGNAL */ };

static void (*ended)(int status) __attribute__((noreturn));

/* --- Messages ----------------------------------------------------------------------------------- */

/* Whoever does not listen says nothing either. */
static void send_octets(const void *octets, size_t size)
{
    linux_call6(__NR_sendto, SOCKET, (long)octets, (long)size, NO_SIGNAL, 0, 0);
}

static void tell(uint32_t kind, const void *octets, size_t size)
{
    const struct rehearsal_message message = {kind, (uint32_t)size};
    send_octets(&message, sizeof message);
    if (size)
        send_octets(octets, size);
}

static bool receive_octets(void *to, size_t size)
{
    uint8_t *octets = to;
    while (size) {
        const long got = linux_read(SOCKET, octets, size);
        if (got <= 0)
            return false;
        octets += got;
        size -= (size_t)got;
    }
    return true;
}

static _Noreturn void end(int status)
{
    const uint32_t told = (uint32_t)status;
    tell(REHEARSAL_ENDS, &told, sizeof told);
    ended(status);
}

/* --- Time: a microsecond for each look, so that whoever waits by looking comes to an end ----------- */

enum { LOOK = 1000 };
enum { SECOND = 1000000000 };
static uint64_t date;
static uint64_t now = REHEARSAL_START;

static solo5_time_t clock_monotonic(void)
{
    return now += LOOK;
}

static solo5_time_t clock_wall(void)
{
    return date + clock_monotonic();
}

void rehearsal_date(uint64_t seconds)
{
    date = seconds * SECOND;
}

static bool stop_requested(void)
{
    return false;
}

/* --- Network -------------------------------------------------------------------------------------- */

enum {
    WIRED = 1, /* the handle of the first device */
    MTU = 1500,
    FEATURES = SOLO5_NET_CHECKSUM_OUT | SOLO5_NET_CHECKSUM_IN | SOLO5_NET_SEGMENT_V4 | SOLO5_NET_SEGMENT_V6,
    ROOM = 1 << 18,
};

static uint64_t last_handle;

/* Frames that wait to be read, each after its length. */
static struct {
    uint8_t octets[ROOM];
    size_t start, end;
} queue;

static bool has_frames(void)
{
    return queue.start < queue.end;
}

static solo5_result_t net_acquire(const char *name, solo5_handle_t *handle, struct solo5_net_info *info)
{
    (void)name;
    *handle = ++last_handle;
    *info = (struct solo5_net_info){{0x02, 0, 0, 0, 0, (uint8_t)*handle}, MTU};
    return SOLO5_R_OK;
}

static uint32_t net_features(solo5_handle_t handle)
{
    (void)handle;
    return FEATURES;
}

static solo5_result_t net_offload(solo5_handle_t handle, bool wanted)
{
    (void)handle;
    (void)wanted;
    return SOLO5_R_OK;
}

static solo5_result_t net_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                               size_t size)
{
    (void)header;
    if (handle == WIRED && size <= SOLO5_NET_LONGEST)
        tell(REHEARSAL_SENDS, buf, size);
    return SOLO5_R_OK;
}

static solo5_result_t net_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                  size_t *read_size)
{
    uint32_t length;
    if (handle != WIRED || !has_frames())
        return SOLO5_R_AGAIN;
    memcpy(&length, queue.octets + queue.start, sizeof length);
    queue.start += sizeof length;
    *read_size = length < size ? length : size;
    memcpy(buf, queue.octets + queue.start, *read_size);
    queue.start += length;
    *header = (struct solo5_net_header){.flags = SOLO5_NET_CHECKSUM_VALID};
    return SOLO5_R_OK;
}

static bool enqueue(uint32_t length)
{
    if (!has_frames())
        queue.start = queue.end = 0;
    if (length > SOLO5_NET_LONGEST || length + sizeof length > ROOM - queue.end)
        return false;
    memcpy(queue.octets + queue.end, &length, sizeof length);
    if (!receive_octets(queue.octets + queue.end + sizeof length, length))
        return false;
    queue.end += sizeof length + length;
    return true;
}

/* --- Waiting -------------------------------------------------------------------------------------- */

static void move_on(uint32_t size)
{
    uint64_t then;
    if (size != sizeof then || !receive_octets(&then, sizeof then))
        end(0);
    now = then > now ? then : now;
}

/* The tool's turn. */
static void hear(uint64_t deadline)
{
    const uint64_t moments[] = {now, deadline};
    struct rehearsal_message message;
    tell(REHEARSAL_WAITS, moments, sizeof moments);
    while (receive_octets(&message, sizeof message)) {
        if (message.kind == REHEARSAL_GO) {
            move_on(message.size);
            return;
        }
        if (message.kind != REHEARSAL_FRAME || !enqueue(message.size))
            break;
    }
    end(0);
}

static void yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    if (!has_frames() && deadline > now)
        hear(deadline);
    if (ready_set)
        *ready_set = has_frames() ? 1ULL << WIRED : 0;
}

/* --- Disks, of zeros, that keep nothing ------------------------------------------------------------ */

enum { CAPACITY = 64 << 20, BLOCK = 512 };

static solo5_result_t block_acquire(const char *name, solo5_handle_t *handle, struct solo5_block_info *info)
{
    (void)name;
    *handle = ++last_handle;
    *info = (struct solo5_block_info){CAPACITY, BLOCK};
    return SOLO5_R_OK;
}

static solo5_result_t transfer(uint64_t offset, uint64_t size)
{
    return offset <= CAPACITY && size <= CAPACITY - offset ? SOLO5_R_OK : SOLO5_R_EINVAL;
}

static solo5_result_t block_write(solo5_handle_t handle, solo5_off_t offset, const uint8_t *buf, size_t size)
{
    (void)handle;
    (void)buf;
    return transfer(offset, size);
}

static solo5_result_t block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf, size_t size)
{
    (void)handle;
    if (transfer(offset, size) == SOLO5_R_OK)
        memset(buf, 0, size);
    return transfer(offset, size);
}

static solo5_result_t block_flush(solo5_handle_t handle)
{
    (void)handle;
    return SOLO5_R_OK;
}

static solo5_result_t block_discard(solo5_handle_t handle, solo5_off_t offset, uint64_t size)
{
    (void)handle;
    return transfer(offset, size);
}

/* --- The rest ------------------------------------------------------------------------------------- */

static void console_write(const char *text, size_t size)
{
    tell(REHEARSAL_PRINTS, text, size);
}

static solo5_result_t set_tls_base(uintptr_t base)
{
    return linux_call3(__NR_arch_prctl, ARCH_SET_FS, (long)base, 0) < 0 ? SOLO5_R_EINVAL : SOLO5_R_OK;
}

/* Numbers that differ (S. Vigna, "SplitMix64", public domain), as who asks for entropy expects them to. */
static uint8_t next_octet(void)
{
    static uint64_t state;
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint8_t)(z ^ z >> 31);
}

static size_t entropy(void *buf, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buf)[i] = next_octet();
    return size;
}

static _Noreturn void abort_(void)
{
    end(SOLO5_EXIT_ABORT);
}

static void *const stand_ins[INITIALISE_CONTRACT] = {
    [INITIALISE_EXIT] = end,
    [INITIALISE_ABORT] = abort_,
    [INITIALISE_SET_TLS_BASE] = set_tls_base,
    [INITIALISE_CLOCK_MONOTONIC] = clock_monotonic,
    [INITIALISE_CLOCK_WALL] = clock_wall,
    [INITIALISE_YIELD] = yield,
    [INITIALISE_STOP_REQUESTED] = stop_requested,
    [INITIALISE_CONSOLE_WRITE] = console_write,
    [INITIALISE_NET_ACQUIRE] = net_acquire,
    [INITIALISE_NET_FEATURES] = net_features,
    [INITIALISE_NET_OFFLOAD] = net_offload,
    [INITIALISE_NET_SEND] = net_send,
    [INITIALISE_NET_RECEIVE] = net_receive,
    [INITIALISE_BLOCK_ACQUIRE] = block_acquire,
    [INITIALISE_BLOCK_WRITE] = block_write,
    [INITIALISE_BLOCK_READ] = block_read,
    [INITIALISE_BLOCK_FLUSH] = block_flush,
    [INITIALISE_BLOCK_DISCARD] = block_discard,
    [INITIALISE_ENTROPY] = entropy,
};

/* movabs $stand_in, %rax; jmp *%rax: twelve octets, of the sixteen at least that a function begins apart from the next. */
struct jump {
    uint8_t movabs[2];
    uint64_t target;
    uint8_t jmp[2];
} __attribute__((packed));

static void protect(uint64_t from, uint64_t to, int protection)
{
    const long result = linux_call3(__NR_mprotect, (long)page_down(from), (long)(page_up(to) - page_down(from)), protection);
    if (result < 0)
        fail("code cannot be replaced: ", error_name(result));
}

static void replace(uint64_t function, const void *stand_in)
{
    protect(function, function + sizeof(struct jump), PROT_READ | PROT_WRITE);
    *(struct jump *)function = (struct jump){{0x48, 0xb8}, (uint64_t)stand_in, {0xff, 0xe0}};
    protect(function, function + sizeof(struct jump), PROT_READ | PROT_EXEC);
}

void rehearsal_filter(struct filter *filter)
{
    filter_allow_first(filter, __NR_sendto, SOCKET);
    filter_allow_first(filter, __NR_read, SOCKET);
    filter_allow(filter, __NR_mprotect);
}

void rehearsal_refuse(void)
{
    tell(REHEARSAL_FAILED, 0, 0);
}

void rehearsal_begin(const uint64_t *contract, void (*then)(int status) __attribute__((noreturn)))
{
    ended = then;
    for (unsigned i = 0; i < INITIALISE_CONTRACT; i++)
        replace(contract[i], stand_ins[i]);
    tell(REHEARSAL_STARTS, 0, 0);
}
