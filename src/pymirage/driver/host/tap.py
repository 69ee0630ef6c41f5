"""A TAP interface with offloads: the virtio-net header before each frame (Linux's IFF_VNET_HDR).

Linux Documentation/networking/tuntap.rst.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct

from pymirage.device.offload_net import OffloadReceiver
from pymirage.driver.host import net as plain
from pymirage.driver.host import virtio_header
from pymirage.driver.host.virtio_net import LARGEST, VirtioNet
from pymirage.error import DeviceError

# linux/if_tun.h
_TUNSETOFFLOAD = 0x400454D0
_TUNSETVNETHDRSZ = 0x400454D8
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000
_IFF_VNET_HDR = 0x4000
_TUN_F_CSUM = 0x01
_TUN_F_TSO4 = 0x02
_TUN_F_TSO6 = 0x04

_ROOM = virtio_header.SIZE + LARGEST


class Tap(VirtioNet):
    """The end that a virtual machine would have, like `driver.host.net.TapNet`, with offloads."""

    unplugged = errno.EIO

    @classmethod
    async def connect(cls, name: str, mac: bytes = b"") -> Tap:
        """Opens the interface `name`, under `mac` or an address of its own; DeviceError names the remedy."""
        tap = cls(name, _open(name), mac or plain.random_address(), plain.mtu_of(name))
        tap.attach()
        return tap

    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        super().set_offload_receiver(receiver)
        # Only whoever understands them gets long frames and open checksums.
        wanted = 0 if receiver is None else _TUN_F_CSUM | _TUN_F_TSO4 | _TUN_F_TSO6
        try:
            fcntl.ioctl(self._descriptor, _TUNSETOFFLOAD, wanted)
        except OSError as error:
            raise self._failed("use the offloads of", error) from error

    def _put(self, header: bytes, frame: bytes) -> None:
        os.writev(self._descriptor, (header, frame))

    def _take(self) -> bytes:
        return os.read(self._descriptor, _ROOM)

    def _close(self) -> None:
        os.close(self._descriptor)


def _open(name: str) -> int:
    descriptor = plain.open_tap(name, _IFF_TAP | _IFF_NO_PI | _IFF_VNET_HDR)
    try:
        fcntl.ioctl(descriptor, _TUNSETVNETHDRSZ, struct.pack("i", virtio_header.SIZE))
    except OSError as error:
        os.close(descriptor)
        raise DeviceError(error.errno, f"interface {name!r} takes no offloads: {error.strerror}") from error
    return descriptor
