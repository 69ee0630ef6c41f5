/* SPDX-License-Identifier: ISC */
/*
 * Moves frames between rings and TAP interfaces: see net_rings.h. The guest can write all of the shared memory at
 * any time. Positions and lengths are checked where they are read (net_ring.c); a frame's octets go to the kernel
 * and nowhere else.
 */
#include "net_rings.h"

#include <asm/errno.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>

#include "linux.h"
#include "lock.h"
#include "message.h"
#include "net_ring.h"
#include "solo5.h"

enum { VLAN_TAG = 4, EVENTFD_NONBLOCK = 04000, EVENTFD_CLOEXEC = 02000000 };

struct device {
    struct net_rings *shared;
    struct net_ring to_guest, to_host;
    uint64_t handle;
    int fd;
    bool has_header;
    size_t longest; /* that may come from the interface */
    size_t plain;   /* ... while the guest has not asked for long ones */
};

static struct device devices[MFT_MAX_ENTRIES];
static unsigned count;
static lock_t lock;
static bool guest_waits; /* under the lock */
static int kick_fd = -1;

static _Noreturn void damaged(void)
{
    fail("the image damaged a network ring");
}

/* One frame from the guest; false when there is none. What the interface does not take is lost, as on a wire. */
static bool send_one(struct device *device)
{
    const struct net_record *record;
    size_t size;
    const enum net_ring_state state = net_ring_look(&device->to_host, &record, &size);
    if (state == NET_RING_BROKEN)
        damaged();
    if (state == NET_RING_NOT_NOW)
        return false;
    if (device->has_header)
        linux_write(device->fd, &record->header, sizeof record->header + size);
    else
        linux_write(device->fd, record->frame, size);
    net_ring_release(&device->to_host, size);
    return true;
}

/* One frame for the guest; false when none can be had now. */
static bool receive_one(struct device *device, unsigned *work)
{
    struct net_record *record;
    const enum net_ring_state state = net_ring_reserve(&device->to_guest, device->longest, &record);
    if (state == NET_RING_BROKEN)
        damaged();
    if (state == NET_RING_NOT_NOW) {
        *work |= NET_WORK_CROWDED;
        return false;
    }
    const size_t before = device->has_header ? sizeof record->header : 0;
    const long length = linux_read(device->fd, record->frame - before, before + device->longest);
    if (length == -EAGAIN)
        return false;
    if (length < (long)before) {
        __atomic_store_n(&device->shared->host_failed, 1, __ATOMIC_RELEASE);
        return false;
    }
    if (!before)
        record->header = (struct solo5_net_header){0};
    net_ring_publish(&device->to_guest, record, (size_t)length - before);
    return true;
}

static void receive_some(struct device *device, unsigned *work)
{
    for (int i = 0; i < NET_BATCH && receive_one(device, work); i++)
        *work |= NET_WORK_DONE;
}

static uint64_t receive_all(void)
{
    unsigned work = 0;
    uint64_t ready = 0;
    for (unsigned i = 0; i < count; i++) {
        struct device *device = &devices[i];
        receive_some(device, &work);
        const struct net_ring_positions *positions = device->to_guest.positions;
        if (__atomic_load_n(&positions->consumed, __ATOMIC_ACQUIRE) != device->to_guest.own ||
            device->shared->host_failed)
            ready |= 1ULL << device->handle;
    }
    return ready;
}

static void send_all(void)
{
    for (unsigned i = 0; i < count; i++)
        while (send_one(&devices[i]))
            continue;
}

unsigned net_rings_work(void)
{
    unsigned work = 0;
    lock_take(&lock);
    for (unsigned i = 0; i < count; i++) {
        for (int j = 0; j < NET_BATCH && send_one(&devices[i]); j++)
            work |= NET_WORK_DONE;
        if (!guest_waits)
            receive_some(&devices[i], &work);
    }
    work |= guest_waits ? NET_WORK_FOR_GUEST : 0;
    lock_give(&lock);
    return work;
}

uint64_t net_rings_guest_waits(void)
{
    lock_take(&lock);
    guest_waits = true;
    send_all();
    const uint64_t ready = receive_all();
    lock_give(&lock);
    return ready;
}

uint64_t net_rings_guest_runs(void)
{
    lock_take(&lock);
    const uint64_t ready = receive_all();
    guest_waits = false;
    lock_give(&lock);
    return ready;
}

void net_rings_send_all(void)
{
    lock_take(&lock);
    send_all();
    lock_give(&lock);
}

bool net_rings_offload(uint64_t handle, bool wanted)
{
    for (unsigned i = 0; i < count; i++) {
        struct device *device = &devices[i];
        if (device->handle != handle || !device->has_header)
            continue;
        lock_take(&lock);
        const long offloads = wanted ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
        const bool done = linux_ioctl(device->fd, TUNSETOFFLOAD, offloads) >= 0;
        if (done)
            device->longest = wanted ? SOLO5_NET_LONGEST + VLAN_TAG : device->plain;
        lock_give(&lock);
        return done;
    }
    return false;
}

bool net_rings_to_host_empty(void)
{
    for (unsigned i = 0; i < count; i++)
        if (__atomic_load_n(&devices[i].to_host.positions->produced, __ATOMIC_ACQUIRE) != devices[i].to_host.own)
            return false;
    return true;
}

/* The fence: either the guest sees that we sleep, or we see its frames before we do. */
void net_rings_sleep(bool asleep)
{
    __atomic_store_n(&devices[0].shared->host_sleeps, asleep, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool net_rings_exist(void)
{
    return count != 0;
}

uint64_t net_rings_memory_size(void)
{
    return count * sizeof(struct net_rings);
}

int net_rings_kick_fd(void)
{
    return kick_fd;
}

/* A KVM that cannot turn the port into an event makes an exit of it, which is answered too. */
static void make_kick(const struct vm *vm)
{
    kick_fd = (int)linux_call3(__NR_eventfd2, 0, EVENTFD_NONBLOCK | EVENTFD_CLOEXEC, 0);
    if (kick_fd < 0)
        fail("cannot open an event: ", error_name(kick_fd));
    const struct kvm_ioeventfd event = {
        .addr = HVT_HYPERCALL_PIO_BASE + HVT_HYPERCALL_NET_KICK,
        .len = sizeof(uint32_t),
        .fd = kick_fd,
        .flags = KVM_IOEVENTFD_FLAG_PIO,
    };
    linux_ioctl(vm->vm, KVM_IOEVENTFD, (long)&event);
}

static void add_device(const struct mft_entry *entry, uint64_t handle, bool has_header)
{
    const size_t plain = (size_t)entry->u.net_basic.mtu + SOLO5_NET_HLEN + VLAN_TAG;
    devices[count++] = (struct device){
        .handle = handle,
        .fd = entry->b.hostfd,
        .has_header = has_header,
        .longest = plain,
        .plain = plain,
    };
}

void net_rings_add(const struct mft *manifest, uint64_t headers)
{
    for (uint32_t i = 0; i < manifest->entries; i++)
        if (manifest->e[i].type == MFT_DEV_NET_BASIC)
            add_device(&manifest->e[i], i, headers >> i & 1);
}

void net_rings_create(const struct vm *vm)
{
    struct net_rings *shared = (void *)(vm->memory + vm->rings_address);
    for (unsigned i = 0; i < count; i++) {
        devices[i].shared = &shared[i];
        devices[i].to_guest = (struct net_ring){&shared[i].to_guest, shared[i].to_guest_octets, 0};
        devices[i].to_host = (struct net_ring){&shared[i].to_host, shared[i].to_host_octets, 0};
    }
    make_kick(vm);
}

void net_rings_filter(struct filter *filter)
{
    filter_allow_first(filter, __NR_futex, (uintptr_t)&lock);
    filter_allow_first(filter, __NR_read, (uint64_t)kick_fd);
    for (unsigned i = 0; i < count; i++)
        if (devices[i].has_header)
            filter_allow_two(filter, __NR_ioctl, (uint64_t)devices[i].fd, TUNSETOFFLOAD);
}
