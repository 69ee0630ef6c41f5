# pymirage: hot
"""Which handler takes which IP protocol; one object per IP version."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.handler import PacketHandler

TCP: Final = 6
UDP: Final = 17


@final
class Protocols:
    """TCP and UDP have places of their own: a dictionary look-up costs what parsing a header costs."""

    def __init__(self) -> None:
        self.tcp: PacketHandler | None = None
        self.udp: PacketHandler | None = None
        self.others: dict[int, PacketHandler] = {}
        """ICMP, IGMP … by protocol number."""

    def handler(self, protocol: i64) -> PacketHandler | None:
        if protocol == TCP:
            return self.tcp
        if protocol == UDP:
            return self.udp
        return self.others.get(protocol)
