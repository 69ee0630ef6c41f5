"""A TAP interface with offloads: the virtio-net header before each frame (Linux's IFF_VNET_HDR).

Long frames cross in one piece, both ways, and checksums that nobody needs are not computed: what is bulk
transfer's cost is the number of packets (VirtIO 1.2 §5.1.6; Linux Documentation/networking/tuntap.rst).
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import struct

from pymirage.device import NetFeatures, NetStats, Receiver
from pymirage.device.error import Closed
from pymirage.device.offload_net import BATCH, OffloadNet, OffloadReceiver
from pymirage.driver.frame import HEADER, check_frame
from pymirage.driver.host import net as plain
from pymirage.driver.host import virtio_header
from pymirage.error import DeviceError, UsageError

# linux/if_tun.h
_TUNSETIFF = 0x400454CA
_TUNSETOFFLOAD = 0x400454D0
_TUNSETVNETHDRSZ = 0x400454D8
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000
_IFF_VNET_HDR = 0x4000
_TUN_F_CSUM = 0x01
_TUN_F_TSO4 = 0x02
_TUN_F_TSO6 = 0x04

_LARGEST = 65535 + HEADER
_SEGMENT = 65535


class Tap(OffloadNet):
    """The end that a virtual machine would have, like `driver.host.net.TapNet`, with offloads."""

    def __init__(self, name: str, descriptor: int, mac: bytes, mtu: int) -> None:
        self._name = name
        self._descriptor = descriptor
        self._mac = mac
        self._mtu = mtu
        self._features = NetFeatures(checksum_in=True, checksum_out=True, segment=_SEGMENT)
        self._stats = NetStats()
        self._receiver: Receiver | None = None
        self._offload_receiver: OffloadReceiver | None = None
        self._open = True

    @classmethod
    async def connect(cls, name: str, mac: bytes = b"") -> Tap:
        """Opens the interface `name`, under `mac` or an address of its own; DeviceError names the remedy."""
        descriptor = _open(name)
        tap = cls(name, descriptor, mac or plain.random_address(), plain.mtu_of(name))
        asyncio.get_running_loop().add_reader(descriptor, tap._read_ready)
        return tap

    def mac(self) -> bytes:
        return self._mac

    def mtu(self) -> int:
        return self._mtu

    def features(self) -> NetFeatures:
        return self._features

    def stats(self) -> NetStats:
        return self._stats

    def send(self, frame: bytes) -> bool:
        check_frame(frame, self._mtu)
        return self._write(virtio_header.PLAIN, frame)

    def send_offloaded(
        self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int
    ) -> bool:
        if not HEADER <= len(frame) <= _LARGEST:
            raise UsageError(f"a frame of {len(frame)} bytes: at most {_LARGEST} cross in one piece")
        header = virtio_header.header_of(frame, checksum_start, checksum_offset, segment_size)
        return self._write(header, frame)

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver

    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        self._offload_receiver = receiver
        # Only whoever understands them gets long frames and open checksums.
        wanted = 0 if receiver is None else _TUN_F_CSUM | _TUN_F_TSO4 | _TUN_F_TSO6
        try:
            fcntl.ioctl(self._descriptor, _TUNSETOFFLOAD, wanted)
        except OSError as error:
            raise self._failed("use the offloads of", error) from error

    async def close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _write(self, header: bytes, frame: bytes) -> bool:
        if not self._open:
            raise Closed(f"interface {self._name!r} was closed")
        try:
            os.writev(self._descriptor, (header, frame))
        except OSError as error:
            # EIO is what Linux says of an interface that is down; EINVAL of a frame that it will not cut.
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS, errno.EIO, errno.EINVAL):
                raise self._failed("send on", error) from error
            self._stats.sent_dropped += 1
            return False
        self._stats.sent_frames += 1
        self._stats.sent_bytes += len(frame)
        return True

    def _read_ready(self) -> None:
        frames: list[bytes] = []
        verified = 0
        for number in range(BATCH):
            try:
                data = os.read(self._descriptor, virtio_header.SIZE + _LARGEST)
            except BlockingIOError:
                break
            except OSError as error:
                if frames:
                    break  # told by the next call
                # Told once: a device that has failed may stay ready for ever.
                asyncio.get_running_loop().remove_reader(self._descriptor)
                raise self._failed("receive from", error) from error
            verified |= virtio_header.is_verified(data) << number
            frames.append(data[virtio_header.SIZE :])
        if self._offload_receiver is None:
            for frame in frames:
                self._receive(frame)
        elif frames:
            for frame in frames:
                self._count(frame)
            self._offload_receiver.receive_offloaded(frames, verified)

    def _receive(self, frame: bytes) -> None:
        if self._receiver is not None and self._open:
            self._count(frame)
            self._receiver.receive(frame)
        else:
            self._stats.received_dropped += 1

    def _count(self, frame: bytes) -> None:
        self._stats.received_frames += 1
        self._stats.received_bytes += len(frame)

    def _failed(self, what: str, error: OSError) -> DeviceError:
        return DeviceError(error.errno, f"cannot {what} interface {self._name!r}: {error.strerror}")


def _open(name: str) -> int:
    descriptor = plain.open_tap(name, _IFF_TAP | _IFF_NO_PI | _IFF_VNET_HDR)
    try:
        fcntl.ioctl(descriptor, _TUNSETVNETHDRSZ, struct.pack("i", virtio_header.SIZE))
    except OSError as error:
        os.close(descriptor)
        raise DeviceError(error.errno, f"interface {name!r} takes no offloads: {error.strerror}") from error
    return descriptor
