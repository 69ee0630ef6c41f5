"""What every wrapped interface has in common: whatever it does not change is the inner one's."""

from __future__ import annotations

from pymirage.device import Net, NetFeatures, NetStats, Receiver


class WrappedNet(Net, Receiver):
    """Override `send` or `receive`, and end in these."""

    def __init__(self, inner: Net) -> None:
        self.inner = inner
        self._receiver: Receiver | None = None

    def mac(self) -> bytes:
        return self.inner.mac()

    def mtu(self) -> int:
        return self.inner.mtu()

    def features(self) -> NetFeatures:
        return self.inner.features()

    def stats(self) -> NetStats:
        return self.inner.stats()

    def send(self, frame: bytes) -> bool:
        return self.inner.send(frame)

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver
        self.inner.set_receiver(None if receiver is None else self)

    def receive(self, frame: bytes) -> None:
        if self._receiver is not None:
            self._receiver.receive(frame)

    async def close(self) -> None:
        await self.inner.close()
