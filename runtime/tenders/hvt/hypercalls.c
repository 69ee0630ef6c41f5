/* SPDX-License-Identifier: ISC */
/*
 * Answers hypercalls. The guest is hostile: every address and length goes through guest_memory, every
 * handle through the manifest, every offset is compared with the capacity. While an answer is prepared
 * the guest's only processor is stopped, so what was checked stays as it was.
 */
#include <asm/errno.h>
#include <linux/eventpoll.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <linux/uio.h>

#include "hvt.h"
#include "linux.h"
#include "manifest.h"
#include "message.h"
#include "net_rings.h"
#include "solo5.h"
#include "spt_abi.h"

static void walltime(struct hvt_hc_walltime *call)
{
    struct timespec now = {0};
    linux_clock_gettime(CLOCK_REALTIME, &now);
    call->nsecs = (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void puts_console(struct vm *vm, const struct hvt_hc_puts *call)
{
    uint64_t size = call->len;
    const uint8_t *data = guest_memory(vm, call->data, size, false);
    while (size) {
        const long written = linux_write(1, data, size);
        if (written <= 0)
            return; /* best effort */
        data += written;
        size -= (uint64_t)written;
    }
}

static void poll_devices(struct vm *vm, struct hvt_hc_poll *call)
{
    struct epoll_event events[MFT_MAX_ENTRIES + 1];
    /* Devices that are ready now need no timer. A timer of zero is off: keep it one nanosecond away. */
    const struct itimerspec timeout = {.it_value = {.tv_sec = (long)(call->timeout_nsecs / 1000000000ULL),
                                                    .tv_nsec = (long)(call->timeout_nsecs % 1000000000ULL) | 1}};
    const int limit = call->timeout_nsecs ? -1 : 0;
    if (call->timeout_nsecs)
        linux_call4(__NR_timerfd_settime, vm->timerfd, 0, (long)&timeout, 0);
    long count;
    do
        count = linux_call6(__NR_epoll_pwait, vm->epollfd, (long)events, MFT_MAX_ENTRIES + 1, limit, 0, 0);
    while (count == -EINTR);
    call->ready_set = 0;
    call->ret = 0;
    for (long i = 0; i < count; i++) {
        if (events[i].data == SPT_INTERNAL_TIMERFD)
            continue;
        call->ready_set |= 1ULL << events[i].data;
        call->ret++;
    }
}

static int32_t size_of_set(uint64_t set)
{
    int32_t size = 0;
    for (; set; set &= set - 1)
        size++;
    return size;
}

/* With rings, what has come is in them; the devices are asked only when they are empty. */
static void poll(struct vm *vm, struct hvt_hc_poll *call)
{
    if (!net_rings_exist()) {
        poll_devices(vm, call);
        return;
    }
    uint64_t ready = net_rings_guest_waits();
    if (!ready && call->timeout_nsecs)
        poll_devices(vm, call);
    ready |= net_rings_guest_runs();
    call->ready_set = ready;
    call->ret = size_of_set(ready);
}

static bool has_header(const struct vm *vm, uint64_t handle)
{
    return vm->net_headers >> handle & 1;
}

static long write_frame(const struct vm *vm, const struct mft_entry *device, const struct hvt_hc_net *call)
{
    static const struct solo5_net_header plain;
    void *frame = guest_memory(vm, call->data, call->len, false);
    if (!has_header(vm, call->handle))
        return linux_write(device->b.hostfd, frame, call->len);
    const struct iovec parts[] = {{(void *)&plain, sizeof plain}, {frame, call->len}};
    const long written = linux_call3(__NR_writev, device->b.hostfd, (long)parts, 2);
    return written < (long)sizeof plain ? written : written - (long)sizeof plain;
}

static long read_frame(const struct vm *vm, const struct mft_entry *device, const struct hvt_hc_net *call)
{
    struct solo5_net_header ignored;
    void *room = guest_memory(vm, call->data, call->len, true);
    if (!has_header(vm, call->handle))
        return linux_read(device->b.hostfd, room, call->len);
    const struct iovec parts[] = {{&ignored, sizeof ignored}, {room, call->len}};
    const long length = linux_call3(__NR_readv, device->b.hostfd, (long)parts, 2);
    return length < (long)sizeof ignored ? length : length - (long)sizeof ignored;
}

static void net_offload(struct vm *vm, struct hvt_hc_net_offload *call)
{
    const struct mft_entry *device = manifest_by_index(vm->image->manifest, call->handle, MFT_DEV_NET_BASIC);
    call->ret = device && net_rings_offload(call->handle, call->wanted != 0) ? SOLO5_R_OK : SOLO5_R_EINVAL;
}

static void net_write(struct vm *vm, struct hvt_hc_net *call)
{
    const struct mft_entry *device = manifest_by_index(vm->image->manifest, call->handle, MFT_DEV_NET_BASIC);
    call->ret = SOLO5_R_EINVAL;
    if (!device || call->len > (uint64_t)device->u.net_basic.mtu + SOLO5_NET_HLEN)
        return;
    const long written = write_frame(vm, device, call);
    const bool dropped = written == -EAGAIN || written == -ENOBUFS; /* no room, as on a wire */
    call->ret = dropped || written == (long)call->len ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
}

static void net_read(struct vm *vm, struct hvt_hc_net *call)
{
    const struct mft_entry *device = manifest_by_index(vm->image->manifest, call->handle, MFT_DEV_NET_BASIC);
    call->ret = SOLO5_R_EINVAL;
    if (!device)
        return;
    const long length = read_frame(vm, device, call);
    call->ret = length == -EAGAIN ? SOLO5_R_AGAIN : length < 0 ? SOLO5_R_EUNSPEC : SOLO5_R_OK;
    if (length >= 0)
        call->len = (uint64_t)length;
}

static void block_transfer(struct vm *vm, struct hvt_hc_block *call, bool into_guest)
{
    const struct mft_entry *device = manifest_by_index(vm->image->manifest, call->handle, MFT_DEV_BLOCK_BASIC);
    call->ret = SOLO5_R_EINVAL;
    if (!device)
        return;
    const uint64_t capacity = device->u.block_basic.capacity, block_size = device->u.block_basic.block_size;
    if (call->offset % block_size || call->len % block_size || call->offset > capacity ||
        call->len > capacity - call->offset)
        return;
    void *data = guest_memory(vm, call->data, call->len, into_guest);
    const long done = into_guest ? linux_pread(device->b.hostfd, data, call->len, call->offset)
                                 : linux_pwrite(device->b.hostfd, data, call->len, call->offset);
    call->ret = done == (long)call->len ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
}

static void block_flush(struct vm *vm, struct hvt_hc_block_flush *call)
{
    const struct mft_entry *device = manifest_by_index(vm->image->manifest, call->handle, MFT_DEV_BLOCK_BASIC);
    call->ret = SOLO5_R_EINVAL;
    if (device)
        call->ret = linux_call3(__NR_fdatasync, device->b.hostfd, 0, 0) < 0 ? SOLO5_R_EUNSPEC : SOLO5_R_OK;
}

void hypercall_answer(struct vm *vm, unsigned hypercall, uint64_t address)
{
    switch (hypercall) {
    case HVT_HYPERCALL_WALLTIME:
        walltime(guest_memory(vm, address, sizeof(struct hvt_hc_walltime), true));
        break;
    case HVT_HYPERCALL_PUTS:
        puts_console(vm, guest_memory(vm, address, sizeof(struct hvt_hc_puts), false));
        break;
    case HVT_HYPERCALL_POLL:
        poll(vm, guest_memory(vm, address, sizeof(struct hvt_hc_poll), true));
        break;
    case HVT_HYPERCALL_BLOCK_WRITE:
        block_transfer(vm, guest_memory(vm, address, sizeof(struct hvt_hc_block), true), false);
        break;
    case HVT_HYPERCALL_BLOCK_READ:
        block_transfer(vm, guest_memory(vm, address, sizeof(struct hvt_hc_block), true), true);
        break;
    case HVT_HYPERCALL_NET_WRITE:
        net_write(vm, guest_memory(vm, address, sizeof(struct hvt_hc_net), true));
        break;
    case HVT_HYPERCALL_NET_READ:
        net_read(vm, guest_memory(vm, address, sizeof(struct hvt_hc_net), true));
        break;
    case HVT_HYPERCALL_BLOCK_FLUSH:
        block_flush(vm, guest_memory(vm, address, sizeof(struct hvt_hc_block_flush), true));
        break;
    case HVT_HYPERCALL_NET_OFFLOAD:
        net_offload(vm, guest_memory(vm, address, sizeof(struct hvt_hc_net_offload), true));
        break;
    case HVT_HYPERCALL_NET_SERVE:
    case HVT_HYPERCALL_NET_KICK:
        net_rings_send_all();
        break;
    default:
        fail("the image made hypercall ", number(hypercall), ", which does not exist");
    }
}
