"""The interface that a user names: `packet:DEVICE` by a raw packet socket, else a TAP interface."""

from __future__ import annotations

from pymirage.device.offload_net import OffloadNet
from pymirage.driver.host.packet import PacketNet
from pymirage.driver.host.tap import Tap

PACKET = "packet:"


class Interface(OffloadNet):
    """One of the two drivers: `connect` chooses."""

    @classmethod
    async def connect(cls, name: str, mac: bytes = b"") -> OffloadNet:
        """As the two drivers: DeviceError names the remedy."""
        if name.startswith(PACKET):
            return await PacketNet.connect(name.removeprefix(PACKET), mac)
        return await Tap.connect(name, mac)
