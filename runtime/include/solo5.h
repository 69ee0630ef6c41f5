/* SPDX-License-Identifier: ISC */
/*
 * The platform contract: everything an image may ask of the machine beneath it.
 *
 * It is Solo5's public API, so that the same application also runs on Solo5's own tenders.
 * What pymirage adds is marked "Addition". Above this line nothing knows the target; below it
 * nothing knows Python.
 *
 * Goals: about twenty calls, no callbacks, no threads, no allocation, one place to wait (solo5_yield).
 * Not goals: files, processes, signals, dynamic linking, POSIX.
 *
 * Two kinds of failure. A call that returns solo5_result_t reports what the caller can act on. Every
 * other call succeeds or ends the image with a message; using a handle that was never acquired is of
 * the second kind wherever the platform can tell.
 */
#ifndef PYMIRAGE_SOLO5_H
#define PYMIRAGE_SOLO5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net_header.h"

typedef enum {
    SOLO5_R_OK = 0,
    SOLO5_R_AGAIN,   /* nothing to do now; the same call may succeed later */
    SOLO5_R_EINVAL,  /* the arguments can never succeed */
    SOLO5_R_EUNSPEC, /* the host failed; it did not say why */
} solo5_result_t;

/* --- Start and end ---------------------------------------------------------------------------- */

/*
 * What the image is told at start; read only, valid until it exits.
 *
 * cmdline: the arguments after the image's name, joined by spaces. Our tenders quote an argument that
 *     needs it with POSIX single quotes; Solo5's own do not quote.
 * heap_start, heap_size: one region of zeroed, writable, never executable memory, page aligned. The
 *     stack is elsewhere (the bindings' own, with an unmapped page below it).
 */
struct solo5_start_info {
    const char *cmdline;
    uintptr_t heap_start;
    size_t heap_size;
};

/*
 * Addition. Where what the image file provides of the memory ends, and zeroed memory begins: the heap's start, or, in
 * an image that was initialised when it was built, a later address within the heap. Variable, so that it can be saved
 * with the image.
 */
extern uintptr_t solo5_image_end;

/* The application. Returning is the same as solo5_exit(value returned). */
int solo5_app_main(const struct solo5_start_info *info);

#define SOLO5_EXIT_SUCCESS 0
#define SOLO5_EXIT_FAILURE 1
#define SOLO5_EXIT_ABORT 255 /* also the status of an image that a machine fault ended */

/* Ends the image; status 0 to 254 reaches whoever started the tender. */
void solo5_exit(int status) __attribute__((noreturn));

/* Ends the image with SOLO5_EXIT_ABORT. */
void solo5_abort(void) __attribute__((noreturn));

/* Addition. The target this image is linked for: "unix", "spt", "hvt" or "virtio". */
const char *solo5_target(void);

/* --- Thread-local storage: local-exec model only, one thread ---------------------------------- */

/* Bytes for one block: the image's .tdata and .tbss and, after them, the thread control block. */
size_t solo5_tls_size(void);

/* Where the thread pointer of the block at (tls) must point. */
uintptr_t solo5_tls_tp_offset(uintptr_t tls);

/* Copies .tdata into the zeroed block at (tls) and makes its control block point at itself. */
solo5_result_t solo5_tls_init(uintptr_t tls);

/* Sets the thread pointer (FS base on x86-64). */
solo5_result_t solo5_set_tls_base(uintptr_t base);

/* --- Time: nanoseconds ------------------------------------------------------------------------ */

typedef uint64_t solo5_time_t;

/* Since an unspecified moment; never goes back. Cheap: no exit to the host on hvt. */
solo5_time_t solo5_clock_monotonic(void);

/* Since 1970-01-01 UTC, as the host believes now. Asks the host at each call. */
solo5_time_t solo5_clock_wall(void);

/* --- Waiting ---------------------------------------------------------------------------------- */

/* A device's handle is its index in the manifest, below 64, so a set of handles is one word. */
typedef uint64_t solo5_handle_t;
typedef uint64_t solo5_handle_set_t;

/*
 * Sleeps until solo5_clock_monotonic() reaches (deadline) or a network device has a frame to read,
 * whichever is first. (*ready_set), unless NULL, receives the devices with frames: bit n is handle n.
 * May return early with an empty set: compare the clock. Uses no processor time while it waits.
 */
void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set);

/*
 * Addition. True once the host has asked the image to end, as a machine's power button does; solo5_yield returns early
 * then. Where a host ends an image by a signal it does not ask.
 */
bool solo5_stop_requested(void);

/* --- Console ---------------------------------------------------------------------------------- */

/* Writes to the host's standard output. Best effort: bytes may be lost, the call never fails. */
void solo5_console_write(const char *buf, size_t size);

/* --- Network: Ethernet frames, no blocking ---------------------------------------------------- */

#define SOLO5_NET_ALEN 6  /* octets in an address */
#define SOLO5_NET_HLEN 14 /* octets of destination, source and type */

struct solo5_net_info {
    uint8_t mac_address[SOLO5_NET_ALEN];
    size_t mtu; /* payload of a frame, header not counted */
};

/* Opens the device (name) of the manifest. SOLO5_R_EINVAL: no such network device. */
solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle, struct solo5_net_info *info);

/*
 * Sends one frame, at most mtu + SOLO5_NET_HLEN octets, header included. Drops it when the host has
 * no room, as a wire would; returns SOLO5_R_OK all the same.
 */
solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size);

/*
 * Receives one frame into (buf), which has room for mtu + SOLO5_NET_HLEN octets or more. SOLO5_R_AGAIN:
 * none is waiting. Otherwise (*read_size) is the frame's length.
 */
solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size, size_t *read_size);

/*
 * Addition: offloads. Where the device has them, a frame of up to SOLO5_NET_LONGEST octets crosses in one piece,
 * with its checksum open, and is cut and summed only where it meets a wire. They depend on the tender and on the
 * interface, so an application asks first, and works without.
 */
enum {
    SOLO5_NET_CHECKSUM_OUT = 1 << 0, /* completes checksums of frames sent */
    SOLO5_NET_CHECKSUM_IN = 1 << 1,  /* says which checksums of received frames are known to be good */
    SOLO5_NET_SEGMENT_V4 = 1 << 2,   /* cuts long TCP segments over IPv4 */
    SOLO5_NET_SEGMENT_V6 = 1 << 3,   /* ... over IPv6 */
};

/* Addition. The sum of what the device offers; 0 for plain frames only, and for no network device. */
uint32_t solo5_net_features(solo5_handle_t handle);

/*
 * Addition. Whether frames received may be long and may have open checksums; at first they may not. The
 * application then takes them by solo5_net_receive. SOLO5_R_EINVAL: the device offers nothing.
 */
solo5_result_t solo5_net_offload(solo5_handle_t handle, bool wanted);

/*
 * Addition. As solo5_net_write, with what the device is to do; a frame that is to be cut may have
 * SOLO5_NET_LONGEST octets, and one with a VLAN tag four more than without. SOLO5_R_AGAIN: the host did not take the frame, it is lost. SOLO5_R_EINVAL also when (header) asks
 * for what the device does not offer, or its numbers lie outside the frame.
 *
 * On hvt the frame may stay until solo5_yield is called, or enough others have gathered, or the image ends.
 */
solo5_result_t solo5_net_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                              size_t size);

/* Addition. As solo5_net_read, with what the device knows of the frame; all zero when it knows nothing. */
solo5_result_t solo5_net_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                 size_t *read_size);

/* --- Block storage: whole blocks -------------------------------------------------------------- */

typedef uint64_t solo5_off_t;

struct solo5_block_info {
    solo5_off_t capacity;   /* octets, a multiple of block_size */
    solo5_off_t block_size; /* octets, a power of two, 512 or more */
};

/* Opens the device (name) of the manifest. SOLO5_R_EINVAL: no such block device. */
solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle, struct solo5_block_info *info);

/*
 * Transfers (size) octets at (offset), all or an error; both multiples of the block size, or
 * SOLO5_R_EINVAL, as when the end lies beyond the capacity.
 *
 * Addition: (size) may be any number of blocks. Solo5 promises one; where the platform takes one
 * block at a time the bindings loop, and an error may then leave the first blocks transferred.
 */
solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset, const uint8_t *buf, size_t size);
solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf, size_t size);

/*
 * Addition. Returns when every write that completed before is on the host's stable storage.
 *
 * Holds on unix and under our tenders. Solo5's own tenders have no such call: there it returns
 * SOLO5_R_OK at once, and what was written is as safe as the host's page cache.
 */
solo5_result_t solo5_block_flush(solo5_handle_t handle);

/*
 * Addition. Says that what lies there is of no use any more: a hint, which devices without use for it pass over. What is
 * read there afterwards is anything.
 */
solo5_result_t solo5_block_discard(solo5_handle_t handle, solo5_off_t offset, uint64_t size);

/* --- Entropy ---------------------------------------------------------------------------------- */

/*
 * Addition. Fills (buf) with (size) octets fit for keys, from the processor (RDRAND, RDSEED) or the
 * host. Returns (size), or 0 when the platform has no entropy: never a constant, never a guess.
 */
size_t solo5_entropy(void *buf, size_t size);

#endif
