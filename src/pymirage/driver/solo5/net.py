"""A network interface that the tender attaches under a name of the image's manifest."""

from __future__ import annotations

import asyncio

from pymirage.device import Net, NetFeatures, NetStats, Receiver
from pymirage.device.error import Closed
from pymirage.device.platform import Readiness
from pymirage.driver.frame import check_frame
from pymirage.driver.solo5 import _contract
from pymirage.error import DeviceError, UsageError

# Frames handed up in one turn of the loop: enough to spread the cost of a turn, few enough that a flood
# leaves timers and other tasks their share.
_BATCH = 64


class Solo5Net(Net):
    def __init__(self, name: str, handle: int, mac: bytes, mtu: int, loop: Readiness) -> None:
        self._name = name
        self._handle = handle
        self._mac = mac
        self._mtu = mtu
        self._loop = loop
        self._features = NetFeatures()
        self._stats = NetStats()
        self._receiver: Receiver | None = None
        self._open = True

    @classmethod
    async def connect(cls, name: str) -> Solo5Net:
        """Raises DeviceError when no interface is attached under that name."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, Readiness):
            raise UsageError(f"interface {name!r} needs the image's own event loop: start with sched.run")
        try:
            handle, mac, mtu = _contract.net_acquire(name)
        except OSError as error:
            raise DeviceError(f"cannot connect interface {name!r}: {error}") from error
        net = cls(name, handle, mac, mtu, loop)
        loop.add_device_reader(handle, net._read_ready)
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
        if not self._open:
            raise Closed(f"interface {self._name!r} was closed")
        check_frame(frame, self._mtu)
        try:
            taken = _contract.net_write(self._handle, frame)
        except OSError as error:
            raise DeviceError(f"cannot send on interface {self._name!r}: {error}") from error
        if taken:
            self._stats.sent_frames += 1
            self._stats.sent_bytes += len(frame)
        else:
            self._stats.sent_dropped += 1
        return taken

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver

    async def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_device_reader(self._handle)

    def _read_ready(self) -> None:
        for _ in range(_BATCH):
            try:
                frame = _contract.net_read(self._handle)
            except OSError as error:
                # Told once: a device that has failed may stay ready for ever.
                self._loop.remove_device_reader(self._handle)
                raise DeviceError(f"cannot receive from interface {self._name!r}: {error}") from error
            if frame is None or not self._open:
                return
            if self._receiver is None:
                self._stats.received_dropped += 1
                continue
            self._stats.received_frames += 1
            self._stats.received_bytes += len(frame)
            self._receiver.receive(frame)
