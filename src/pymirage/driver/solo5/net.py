"""A network interface that the tender attaches under a name of the image's manifest."""

from __future__ import annotations

import asyncio
from functools import partial

from pymirage.device import NetFeatures, NetStats, Receiver
from pymirage.device.error import Closed
from pymirage.device.offload_net import OffloadNet, OffloadReceiver
from pymirage.device.platform import Readiness
from pymirage.driver.frame import HEADER, check_frame
from pymirage.driver.solo5 import _contract
from pymirage.error import DeviceError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Features of the contract (runtime/include/solo5.h).
_CHECKSUM_OUT = 1
_CHECKSUM_IN = 2
_SEGMENT = 4 | 8
_LONGEST_SEGMENT = 65535
_LONGEST = 65535 + HEADER


class Solo5Net(OffloadNet):
    """Its features are those that tender and interface agree on; under Solo5's own tenders there are none."""

    def __init__(
        self, name: str, handle: int, mac: bytes, mtu: int, loop: Readiness, offered: int = 0
    ) -> None:
        self._name = name
        self._handle = handle
        self._mac = mac
        self._mtu = mtu
        self._loop = loop
        self._offered = offered
        self._features = NetFeatures(
            checksum_in=bool(offered & _CHECKSUM_IN),
            checksum_out=bool(offered & _CHECKSUM_OUT),
            segment=_LONGEST_SEGMENT if offered & _SEGMENT == _SEGMENT else 0,
        )
        # Of those that came while nobody had set a receiver.
        self._unwanted_frames = 0
        self._unwanted_bytes = 0
        self._receiver: Receiver | None = None
        self._offload_receiver: OffloadReceiver | None = None
        self._open = True

    @classmethod
    async def connect(cls, name: str) -> Solo5Net:
        """Raises DeviceError when no interface is attached under that name."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, Readiness):
            raise UsageError(f"interface {name!r} needs the image's own event loop: start with sched.run")
        try:
            handle, mac, mtu, offered = _contract.net_acquire(name)
        except OSError as error:
            raise DeviceError(f"cannot connect interface {name!r}: {error}") from error
        net = cls(name, handle, mac, mtu, loop, offered)
        loop.add_device_reader(handle, net._read_ready)
        return net

    def mac(self) -> bytes:
        return self._mac

    def mtu(self) -> int:
        return self._mtu

    def features(self) -> NetFeatures:
        return self._features

    def stats(self) -> NetStats:
        # Counted below Python, where it costs a frame nothing.
        found = NetStats()
        received, received_bytes, found.sent_frames, found.sent_bytes, found.sent_dropped = (
            _contract.net_counts(self._handle)
        )
        found.received_frames = received - self._unwanted_frames
        found.received_bytes = received_bytes - self._unwanted_bytes
        found.received_dropped = self._unwanted_frames
        return found

    def send(self, frame: bytes) -> bool:
        check_frame(frame, self._mtu)
        return self.send_offloaded(frame, 0, 0, 0)

    def send_offloaded(
        self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int
    ) -> bool:
        if not self._open:
            raise Closed(f"interface {self._name!r} was closed")
        if len(frame) > _LONGEST:
            raise UsageError(f"a frame of {len(frame)} bytes: at most {_LONGEST} cross in one piece")
        try:
            return _contract.net_write(self._handle, frame, checksum_start, checksum_offset, segment_size)
        except OSError as error:
            raise DeviceError(f"cannot send on interface {self._name!r}: {error}") from error

    def sender(self) -> Callable[[bytes, int, int, int], object]:
        return partial(_contract.net_write, self._handle)

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver

    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        self._offload_receiver = receiver
        if not self._offered:
            return
        # Only whoever understands them gets long frames and open checksums.
        try:
            _contract.net_offload(self._handle, receiver is not None)
        except OSError as error:
            raise DeviceError(f"cannot use the offloads of interface {self._name!r}: {error}") from error

    async def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_device_reader(self._handle)

    def _read_ready(self) -> None:
        try:
            frames, known = _contract.net_read(self._handle)
        except OSError as error:
            # Told once: a device that has failed may stay ready for ever.
            self._loop.remove_device_reader(self._handle)
            raise DeviceError(f"cannot receive from interface {self._name!r}: {error}") from error
        if self._offload_receiver is not None:
            self._offload_receiver.receive_offloaded(frames, known)
        else:
            for frame in frames:
                self._receive(frame)

    def _receive(self, frame: bytes) -> None:
        if self._receiver is None or not self._open:
            self._unwanted_frames += 1
            self._unwanted_bytes += len(frame)
        else:
            self._receiver.receive(frame)
