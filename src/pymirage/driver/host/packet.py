"""An interface of the host by a raw packet socket (packet(7)), where no TAP interface is wanted.

We are one more station on that interface's network, under an address of our own. The host's own frames there
are not seen, nor ours by the host: to speak with the host itself, use the other end of a veth pair, or a TAP.

Linux keeps local frames in one piece and their checksums open until they reach a wire, so the socket is asked
for virtio-net headers, which tell. VLAN tags that the interface takes off are not put back.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct

from pymirage.device import NetFeatures, NetStats, Receiver
from pymirage.device.error import Closed
from pymirage.device.offload_net import BATCH, OffloadNet, OffloadReceiver
from pymirage.driver.frame import HEADER, check_frame
from pymirage.driver.host import virtio_header
from pymirage.driver.host.net import mtu_of, random_address
from pymirage.error import DeviceError, UsageError

# linux/if_ether.h, linux/if_packet.h, linux/socket.h
_ETH_P_ALL = 0x0003
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_VNET_HDR = 15
_PACKET_IGNORE_OUTGOING = 23
_PACKET_MR_PROMISC = 1

_LARGEST = 65535 + HEADER
_SEGMENT = 65535


class PacketNet(OffloadNet):
    """A station on the network of an interface of the host."""

    def __init__(self, name: str, raw: socket.socket, mac: bytes, mtu: int) -> None:
        self._name = name
        self._raw = raw
        self._mac = mac
        self._mtu = mtu
        self._features = NetFeatures(checksum_in=True, checksum_out=True, segment=_SEGMENT)
        self._stats = NetStats()
        self._receiver: Receiver | None = None
        self._offload_receiver: OffloadReceiver | None = None
        self._open = True

    @classmethod
    async def connect(cls, name: str, mac: bytes = b"") -> PacketNet:
        """Opens the interface `name`, under `mac` or an address of its own; DeviceError names the remedy."""
        raw = _open(name)
        net = cls(name, raw, mac or random_address(), mtu_of(name))
        asyncio.get_running_loop().add_reader(raw, net._read_ready)
        return net

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

    async def close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._raw)
            self._raw.close()

    def _write(self, header: bytes, frame: bytes) -> bool:
        if not self._open:
            raise Closed(f"interface {self._name!r} was closed")
        try:
            self._raw.sendmsg((header, frame))
        except OSError as error:
            # ENETDOWN is a cable that is not plugged in; EINVAL a frame that Linux will not cut.
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS, errno.ENETDOWN, errno.EINVAL):
                raise self._failed("send on", error) from error
            self._stats.sent_dropped += 1
            return False
        self._stats.sent_frames += 1
        self._stats.sent_bytes += len(frame)
        return True

    def _read_ready(self) -> None:
        frames: list[bytes] = []
        verified = 0
        for _ in range(BATCH):
            try:
                data = self._raw.recv(virtio_header.SIZE + _LARGEST)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.ENETDOWN or frames:
                    break  # told once, when the interface goes down; anything else by the next call
                asyncio.get_running_loop().remove_reader(self._raw)
                raise self._failed("receive from", error) from error
            frame = data[virtio_header.SIZE :]
            if self._for_somebody_else(frame):
                continue
            if self._offload_receiver is None:
                self._receive(data[: virtio_header.SIZE], frame)
                continue
            self._count(frame)
            verified |= virtio_header.is_verified(data) << len(frames)
            frames.append(frame)
        if self._offload_receiver is not None and frames:
            self._offload_receiver.receive_offloaded(frames, verified)

    def _receive(self, header: bytes, frame: bytes) -> None:
        plain = virtio_header.open_checksum(header) is None and len(frame) <= HEADER + self._mtu
        if self._receiver is not None and plain and self._open:
            self._count(frame)
            self._receiver.receive(frame)
        else:
            # Nobody here completes what was left open: the sender's `ethtool -K … tx off` does.
            self._stats.received_dropped += 1

    def _for_somebody_else(self, frame: bytes) -> bool:
        """The interface hands up everything; groups are for all."""
        return frame[:6] != self._mac and not frame[0] & 1

    def _count(self, frame: bytes) -> None:
        self._stats.received_frames += 1
        self._stats.received_bytes += len(frame)

    def _failed(self, what: str, error: OSError) -> DeviceError:
        return DeviceError(error.errno, f"cannot {what} interface {self._name!r}: {error.strerror}")


def _open(name: str) -> socket.socket:
    try:
        index = socket.if_nametoindex(name)
    except OSError as error:
        known = ", ".join(sorted(known for _, known in socket.if_nameindex()))
        raise DeviceError(error.errno, f"there is no interface {name!r}: there are {known}") from error
    try:
        # Protocol 0 receives nothing yet: what other interfaces get must not come in before `bind`.
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    except PermissionError as error:
        remedy = (
            f"run as root, or attach a TAP interface: `sudo ip tuntap add dev {name}-tap mode tap user $USER`"
        )
        raise DeviceError(error.errno, f"raw sockets are not permitted: {remedy}") from error
    try:
        raw.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        raw.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        # Our address is not the interface's own.
        everything = struct.pack("iHH8x", index, _PACKET_MR_PROMISC, 0)
        raw.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, everything)
        raw.bind((name, _ETH_P_ALL))
    except OSError as error:
        raw.close()
        raise DeviceError(
            error.errno, f"cannot attach interface {name!r}: {os.strerror(error.errno or 0)}"
        ) from error
    return raw
