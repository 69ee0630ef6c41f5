"""TAP interfaces: whether a machine can have one, and its MTU (netdevice(7), Linux's tuntap.rst)."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct

from pymirage.tool.qemu.error import QemuError

IFREQ = struct.Struct("16sH22x")
SIOCGIFFLAGS, SIOCGIFMTU, TUNSETIFF = 0x8913, 0x8921, 0x400454CA
IFF_UP, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 1, 0x2, 0x1000, 0x4000


def mtu(device: str) -> int:
    """The interface's MTU. Raises QemuError, naming what to do, when it cannot be used."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        try:
            flags = _ask(control, SIOCGIFFLAGS, device, "H")
        except OSError:
            remedy = f"ip tuntap add {device} mode tap && ip link set {device} up"
            raise QemuError(f"interface '{device}' does not exist ({remedy})") from None
        if not flags & IFF_UP:
            raise QemuError(f"interface '{device}' is down (ip link set {device} up)")
        _try(device)
        return _ask(control, SIOCGIFMTU, device, "i")


def _ask(control: socket.socket, request: int, device: str, answer: str) -> int:
    reply = fcntl.ioctl(control, request, IFREQ.pack(device.encode(), 0))
    value: int = struct.unpack_from(answer, reply, 16)[0]
    return value


def _try(device: str) -> None:
    """Take it and let it go."""
    try:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise QemuError(f"/dev/net/tun does not open: {error.strerror} (load the module tun)") from None
    try:
        flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
        fcntl.ioctl(descriptor, TUNSETIFF, IFREQ.pack(device.encode(), flags))
    except OSError as error:
        if error.errno == errno.EBUSY:
            reason = f"interface '{device}' is in use by another program (stop it)"
        else:
            reason = (
                f"interface '{device}' cannot be used: {error.strerror} (it must be a TAP interface of yours)"
            )
        raise QemuError(reason) from None
    finally:
        os.close(descriptor)
