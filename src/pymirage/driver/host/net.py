"""A TAP interface of the host: Linux hands us the Ethernet frames that its own kernel sends there."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket
import struct

from pymirage.device.error import Closed
from pymirage.driver.frame import HEADER, check_frame
from pymirage.driver.station import Station
from pymirage.error import DeviceError

# linux/if_tun.h, linux/if.h, linux/sockios.h
_TUNSETIFF = 0x400454CA
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000
_SIOCGIFMTU = 0x8921
_SIOCGIFFLAGS = 0x8913
_IFF_UP = 0x0001
_NAME_LENGTH = 15

# Frames handed up in one turn of the loop; see driver/solo5/net.py.
_BATCH = 64


class TapNet(Station):
    """The end that a virtual machine would have: the host's end is the interface of the same wire."""

    def __init__(self, name: str, descriptor: int, mac: bytes, mtu: int) -> None:
        super().__init__(mac, mtu)
        self._name = name
        self._descriptor = descriptor

    @classmethod
    async def connect(cls, name: str) -> TapNet:
        """Opens the interface `name`, under an address of its own. Raises DeviceError with the remedy."""
        descriptor = open_tap(name, _IFF_TAP | _IFF_NO_PI)
        net = cls(name, descriptor, random_address(), mtu_of(name))
        asyncio.get_running_loop().add_reader(descriptor, net._read_ready)
        return net

    def send(self, frame: bytes) -> bool:
        if not self._open:
            raise Closed(f"interface {self._name!r} was closed")
        check_frame(frame, self._mtu)
        try:
            os.write(self._descriptor, frame)
        except OSError as error:
            # EIO is what Linux says of an interface that is down: a cable that is not plugged in.
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS, errno.EIO):
                raise self._failed("send on", error) from error
            self._stats.sent_dropped += 1
            return False
        self.sent(frame)
        return True

    async def close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _read_ready(self) -> None:
        for _ in range(_BATCH):
            if not self._open:
                return
            try:
                frame = os.read(self._descriptor, HEADER + self._mtu)
            except BlockingIOError:
                return
            except OSError as error:
                # Told once: a device that has failed may stay ready for ever.
                asyncio.get_running_loop().remove_reader(self._descriptor)
                raise self._failed("receive from", error) from error
            self.hand_up(frame)

    def _failed(self, what: str, error: OSError) -> DeviceError:
        return DeviceError(error.errno, f"cannot {what} interface {self._name!r}: {error.strerror}")


def open_tap(name: str, flags: int) -> int:
    """A descriptor attached to the interface; `flags` of TUNSETIFF. Raises DeviceError with the remedy."""
    _check_name(name)
    try:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise DeviceError(error.errno, f"cannot open /dev/net/tun: {error.strerror}") from error
    try:
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    except OSError as error:
        os.close(descriptor)
        raise DeviceError(error.errno, f"cannot attach interface {name!r}: {_remedy(name, error)}") from error
    return descriptor


def _check_name(name: str) -> None:
    """Only an interface that is there: Linux would make one that disappears with us."""
    if not 1 <= len(name.encode()) <= _NAME_LENGTH:
        raise DeviceError(f"{name!r} is no name of an interface: 1 to {_NAME_LENGTH} bytes")
    try:
        socket.if_nametoindex(name)
    except OSError as error:
        remedy = f"make it with `{_make(name)}`"
        raise DeviceError(error.errno, f"there is no interface {name!r}: {remedy}") from error

    if not _is_up(name):
        raise DeviceError(errno.ENETDOWN, f"interface {name!r} is down: `sudo ip link set dev {name} up`")


def _is_up(name: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16s24x", name.encode()))
    return bool(struct.unpack_from("H", answer, 16)[0] & _IFF_UP)


def _make(name: str) -> str:
    return f"sudo ip tuntap add dev {name} mode tap user $USER && sudo ip link set dev {name} up"


def _remedy(name: str, error: OSError) -> str:
    match error.errno:
        case errno.EBUSY:
            return f"another program has it: end that, or make another one with `{_make('NAME')}`"
        case errno.EPERM:
            anew = f"sudo ip tuntap del dev {name} mode tap && {_make(name)}"
            return f"it is somebody else's: make it anew with `{anew}`"
        case errno.EINVAL:
            return "it is no TAP interface"
    return str(error.strerror)


def mtu_of(name: str) -> int:
    """The MTU that the host gave an interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _SIOCGIFMTU, struct.pack("16si20x", name.encode(), 0))
    mtu: int = struct.unpack_from("i", answer, 16)[0]
    return mtu


def random_address() -> bytes:
    """Locally administered, not a group's (IEEE 802, section 8.2)."""
    address = os.urandom(6)
    return bytes((address[0] & 0xFC | 0x02,)) + address[1:]
