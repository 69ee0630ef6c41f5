/* SPDX-License-Identifier: ISC */
/* Linux process: frames, on an open TAP descriptor, with a header before each where the interface takes one. */
#include <asm/errno.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <linux/uio.h>

#include "manifest.h"
#include "process.h"

static bool has_header(solo5_handle_t handle)
{
    return process.net_headers >> handle & 1;
}

uint32_t solo5_net_features(solo5_handle_t handle)
{
    return manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC) && has_header(handle) ? NET_OFFLOADS : 0;
}

solo5_result_t solo5_net_offload(solo5_handle_t handle, bool wanted)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device || !has_header(handle))
        return SOLO5_R_EINVAL;
    const long offloads = wanted ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
    return linux_ioctl(device->b.hostfd, TUNSETOFFLOAD, offloads) < 0 ? SOLO5_R_EUNSPEC : SOLO5_R_OK;
}

/* What the kernel made of a frame: EIO is an interface that is down, EINVAL a frame that it will not cut. */
static solo5_result_t sent(long written, size_t size)
{
    if (written == (long)size)
        return SOLO5_R_OK;
    const bool lost = written == -EAGAIN || written == -ENOBUFS || written == -EIO || written == -EINVAL;
    return lost ? SOLO5_R_AGAIN : SOLO5_R_EUNSPEC;
}

solo5_result_t solo5_net_send(solo5_handle_t handle, const struct solo5_net_header *header, const uint8_t *buf,
                              size_t size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device || !net_request_valid(device, has_header(handle), header, buf, size))
        return SOLO5_R_EINVAL;
    if (!has_header(handle))
        return sent(linux_write(device->b.hostfd, buf, size), size);
    const struct iovec parts[] = {{(void *)header, sizeof *header}, {(void *)buf, size}};
    return sent(linux_call3(__NR_writev, device->b.hostfd, (long)parts, 2), sizeof *header + size);
}

static long receive(int fd, struct solo5_net_header *header, uint8_t *buf, size_t size)
{
    const struct iovec parts[] = {{header, sizeof *header}, {buf, size}};
    const long length = linux_call3(__NR_readv, fd, (long)parts, 2);
    return length < (long)sizeof *header ? length : length - (long)sizeof *header;
}

solo5_result_t solo5_net_receive(solo5_handle_t handle, struct solo5_net_header *header, uint8_t *buf, size_t size,
                                 size_t *read_size)
{
    const struct mft_entry *device = manifest_by_index(bindings_manifest, handle, MFT_DEV_NET_BASIC);
    if (!device)
        return SOLO5_R_EINVAL;
    *header = (struct solo5_net_header){0};
    const int fd = device->b.hostfd;
    const long length = has_header(handle) ? receive(fd, header, buf, size) : linux_read(fd, buf, size);
    if (length == -EAGAIN)
        return SOLO5_R_AGAIN;
    if (length < 0)
        return SOLO5_R_EUNSPEC;
    *read_size = (size_t)length;
    return SOLO5_R_OK;
}
