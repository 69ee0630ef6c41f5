/* SPDX-License-Identifier: ISC */
/* Opens a TAP interface: see devices.h and the kernel's Documentation/networking/tuntap.rst. */
#include <asm/errno.h>
#include <asm/socket.h>
#include <linux/fcntl.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <linux/sockios.h>

#include "devices.h"
#include "linux.h"
#include "memory.h"
#include "message.h"
#include "net_header.h"

enum { INTERFACE_NAME_SIZE = 16, FRAME_HEADER = 14, UP = 1 << 0, ADDRESS_FAMILY_INET = 2, DATAGRAM = 2 };

/* struct ifreq of <linux/if.h>, which would need the C library's headers. */
struct interface_request {
    char name[INTERFACE_NAME_SIZE];
    union {
        short flags;
        int mtu;
        char room[24];
    };
};

_Static_assert(sizeof(struct interface_request) == 40, "struct ifreq as in the kernel");

static struct interface_request request_for(const char *interface)
{
    struct interface_request request = {0};
    const size_t length = string_length(interface);
    if (length >= INTERFACE_NAME_SIZE)
        fail("interface '", interface, "': the name is longer than 15 characters");
    memcpy(request.name, interface, length);
    return request;
}

static int query_socket(void)
{
    const long fd = linux_call3(__NR_socket, ADDRESS_FAMILY_INET, DATAGRAM, 0);
    if (fd < 0)
        fail("cannot ask about network interfaces: ", error_name(fd));
    return (int)fd;
}

/* Attaching creates an interface that does not exist, which would then have no address and no route. */
static void require_up(const char *interface, int socket)
{
    struct interface_request request = request_for(interface);
    if (linux_ioctl(socket, SIOCGIFFLAGS, (long)&request) < 0)
        fail("interface '", interface, "' does not exist (ip tuntap add ", interface, " mode tap; ip link set ",
             interface, " up)");
    if (!(request.flags & UP))
        fail("interface '", interface, "' is down (ip link set ", interface, " up)");
}

static uint16_t mtu_of(const char *interface, int socket)
{
    struct interface_request request = request_for(interface);
    const long result = linux_ioctl(socket, SIOCGIFMTU, (long)&request);
    if (result < 0 || request.mtu < 68 || request.mtu > UINT16_MAX - FRAME_HEADER)
        fail("interface '", interface, "' has no usable MTU (ip link set ", interface, " mtu 1500)");
    return (uint16_t)request.mtu;
}

/*
 * Frames are plain again, whatever the last user of a persistent interface left behind. Returns true when a header
 * goes before each: the interface then takes offloads too.
 */
static bool settle(int fd, bool with_header)
{
    const int size = sizeof(struct solo5_net_header);
    const bool agreed = with_header && linux_ioctl(fd, TUNSETVNETHDRSZ, (long)&size) >= 0;
    return linux_ioctl(fd, TUNSETOFFLOAD, 0) >= 0 && agreed;
}

static int attach(const char *interface, bool with_header)
{
    const long fd = linux_open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        fail("/dev/net/tun: ", error_name(fd),
             fd == -ENOENT ? " (modprobe tun)" : " (run as root, or as the interface's owner)");
    struct interface_request request = request_for(interface);
    request.flags = (short)(IFF_TAP | IFF_NO_PI | (with_header ? IFF_VNET_HDR : 0));
    const long result = linux_ioctl((int)fd, TUNSETIFF, (long)&request);
    if (result == -EBUSY)
        fail("interface '", interface, "' is in use by another program (stop it, or create another interface)");
    if (result == -EPERM)
        fail("interface '", interface, "' is not yours (ip tuntap del ", interface, " mode tap; ip tuntap add ",
             interface, " mode tap user $USER)");
    if (result < 0)
        fail("interface '", interface, "' is not a TAP interface: ", error_name(result),
             " (ip tuntap add NAME mode tap)");
    return (int)fd;
}

static bool kernel_has_headers(void)
{
    unsigned features = 0;
    const long fd = linux_open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false; /* attaching says why */
    linux_ioctl((int)fd, TUNGETFEATURES, (long)&features);
    linux_close((int)fd);
    return features & IFF_VNET_HDR;
}

/* "@N": the caller opened it already, and chose whether frames have a header. The kernel tells its name. */
static struct tap inherited(const char *digits, bool want_header)
{
    uint64_t fd = *digits ? 0 : UINT64_MAX;
    for (const char *at = digits; *at; at++)
        fd = *at >= '0' && *at <= '9' && fd < 1 << 20 ? fd * 10 + (uint64_t)(*at - '0') : UINT64_MAX >> 8;
    struct interface_request request = {0};
    if (fd >= 1 << 20 || linux_ioctl((int)fd, TUNGETIFF, (long)&request) < 0)
        fail("'@", digits, "' is not an open TAP descriptor");
    linux_call3(__NR_fcntl, (long)fd, F_SETFL, O_RDWR | O_NONBLOCK);
    const bool has_header = request.flags & IFF_VNET_HDR;
    if (has_header && !want_header)
        fail("'@", digits, "' has a header before each frame, which this image does not know ",
             "(open it without IFF_VNET_HDR)");
    if (settle((int)fd, has_header) != has_header)
        fail("'@", digits, "' has a header before each frame that this program does not know");
    const int socket = query_socket();
    request.name[INTERFACE_NAME_SIZE - 1] = 0;
    const uint16_t mtu = mtu_of(request.name, socket);
    linux_close(socket);
    return (struct tap){(int)fd, mtu, has_header};
}

struct tap tap_open(const char *interface, bool want_header)
{
    if (*interface == '@')
        return inherited(interface + 1, want_header);
    const int socket = query_socket();
    require_up(interface, socket);
    const bool with_header = want_header && kernel_has_headers();
    const int fd = attach(interface, with_header);
    const uint16_t mtu = mtu_of(interface, socket);
    linux_close(socket);
    if (settle(fd, with_header) != with_header)
        fail("interface '", interface, "' does not agree on the header before its frames (attach it otherwise)");
    return (struct tap){fd, mtu, with_header};
}
