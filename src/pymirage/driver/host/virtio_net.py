"""Interfaces of the host whose frames cross with a virtio-net header before each (VirtIO 1.2 §5.1.6).

Long frames cross in one piece, both ways, and checksums that nobody needs are not computed: what is bulk
transfer's cost is the number of packets.
"""

from __future__ import annotations

import asyncio
import errno
from abc import abstractmethod

from pymirage.device import NetFeatures
from pymirage.device.error import Closed
from pymirage.device.offload_net import BATCH, OffloadNet, OffloadReceiver
from pymirage.driver.frame import HEADER, check_frame
from pymirage.driver.host import virtio_header
from pymirage.driver.station import Station
from pymirage.error import DeviceError, UsageError

LARGEST = 65535 + HEADER
_SEGMENT = 65535

# A frame is lost, as on a wire: no room, or one that Linux will not cut.
_LOSSES = (errno.EAGAIN, errno.ENOBUFS, errno.EINVAL)


class VirtioNet(Station, OffloadNet):
    """What a TAP interface and a raw packet socket have in common; both are read through a descriptor."""

    unplugged: int
    """What Linux says of an interface that is down when a frame is given to it: a cable not plugged in."""

    def __init__(self, name: str, descriptor: int, mac: bytes, mtu: int) -> None:
        super().__init__(mac, mtu, NetFeatures(checksum_in=True, checksum_out=True, segment=_SEGMENT))
        self._name = name
        self._descriptor = descriptor
        self._offload_receiver: OffloadReceiver | None = None

    def attach(self) -> None:
        """From now on frames come."""
        asyncio.get_running_loop().add_reader(self._descriptor, self._read_ready)

    # -- the driver's part --

    @abstractmethod
    def _put(self, header: bytes, frame: bytes) -> None:
        """Give one frame to the host. Raises OSError."""

    @abstractmethod
    def _take(self) -> bytes:
        """The next frame from the host, behind its header; empty for one that is not ours. Raises OSError."""

    @abstractmethod
    def _close(self) -> None:
        """Give the descriptor back."""

    # -- Net --

    def send(self, frame: bytes) -> bool:
        check_frame(frame, self._mtu)
        return self._write(virtio_header.PLAIN, frame)

    def send_offloaded(
        self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int
    ) -> bool:
        if not HEADER <= len(frame) <= LARGEST:
            raise UsageError(f"a frame of {len(frame)} bytes: at most {LARGEST} cross in one piece")
        header = virtio_header.header_of(frame, checksum_start, checksum_offset, segment_size)
        return self._write(header, frame)

    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        self._offload_receiver = receiver

    async def close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._close()

    def _write(self, header: bytes, frame: bytes) -> bool:
        if not self._open:
            raise Closed(f"interface {self._name!r} was closed")
        try:
            self._put(header, frame)
        except OSError as error:
            if error.errno not in _LOSSES and error.errno != self.unplugged:
                raise self._failed("send on", error) from error
            self._stats.sent_dropped += 1
            return False
        self._stats.sent_frames += 1
        self._stats.sent_bytes += len(frame)
        return True

    def _read_ready(self) -> None:
        frames: list[bytes] = []
        verified = 0
        take = self._take
        for _ in range(BATCH):
            try:
                data = take()
            except BlockingIOError:
                break
            except OSError as error:
                if frames or error.errno == errno.ENETDOWN:
                    break  # told by the next call; a socket tells once that its interface went down
                # Told once: a device that has failed may stay ready for ever.
                asyncio.get_running_loop().remove_reader(self._descriptor)
                raise self._failed("receive from", error) from error
            if data:
                verified |= virtio_header.is_verified(data) << len(frames)
                frames.append(data)
        receiver = self._offload_receiver
        if receiver is None:
            for data in frames:
                self._hand_up_plain(data)
        elif frames:
            frames = [data[virtio_header.SIZE :] for data in frames]
            self._stats.received_frames += len(frames)
            self._stats.received_bytes += sum(map(len, frames))
            receiver.receive_offloaded(frames, verified)

    def _hand_up_plain(self, data: bytes) -> None:
        """To somebody who completes nothing: what the sender left open (`ethtool -K … tx off`) is lost."""
        frame = data[virtio_header.SIZE :]
        if virtio_header.open_checksum(data) is None and len(frame) <= HEADER + self._mtu:
            self.hand_up(frame)
        else:
            self._stats.received_dropped += 1

    def _failed(self, what: str, error: OSError) -> DeviceError:
        return DeviceError(error.errno, f"cannot {what} interface {self._name!r}: {error.strerror}")
