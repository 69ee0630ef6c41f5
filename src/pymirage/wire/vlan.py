"""IEEE 802.1Q tag: the four octets between the addresses and the type of an Ethernet frame.

|  TPID 0x8100  | priority:3 | drop eligible:1 | VLAN id:12 |
"""

from typing import Final, final

from pymirage.octets import u16
from pymirage.wire.drop import Drop

SIZE: Final = 4
TPID: Final = 0x8100

ADDRESSES: Final = 12
ETHERNET_SIZE: Final = 14

RESERVED_ID: Final = 0xFFF
PRIORITY_ONLY: Final = 0
"""Identifier 0 carries a priority and no VLAN: the frame belongs to the untagged network."""


@final
class Vlan:
    """What a tag says, and the type of what follows it."""

    def __init__(self, identifier: int, priority: int, drop_eligible: bool, ethertype: int) -> None:
        self.identifier: Final = identifier
        self.priority: Final = priority
        self.drop_eligible: Final = drop_eligible
        self.ethertype: Final = ethertype


def parse(data: bytes, at: int) -> Vlan | Drop:
    """Read tag control and the type behind it; `at` is just after the TPID."""
    if len(data) < at + SIZE:
        return Drop.TRUNCATED
    control = u16(data, at)
    identifier = control & 0xFFF
    if identifier == RESERVED_ID:
        return Drop.VLAN
    return Vlan(identifier, control >> 13, bool(control & 0x1000), u16(data, at + 2))


def emit(tag: Vlan) -> bytes:
    """Tag control and type: what stands after the TPID."""
    control = tag.priority << 13 | int(tag.drop_eligible) << 12 | tag.identifier
    return control.to_bytes(2, "big") + tag.ethertype.to_bytes(2, "big")


def tag_frame(frame: bytes, identifier: int, priority: int = 0) -> bytes:
    """The untagged `frame` with a tag put in."""
    control = priority << 13 | identifier
    return b"".join(
        (frame[:ADDRESSES], TPID.to_bytes(2, "big"), control.to_bytes(2, "big"), frame[ADDRESSES:])
    )


def untag_frame(frame: bytes, identifier: int) -> bytes | Drop:
    """The frame without its tag, when it is tagged with `identifier`; `Drop.VLAN` when it is not."""
    if len(frame) < ETHERNET_SIZE + SIZE:
        return Drop.TRUNCATED
    if u16(frame, ADDRESSES) != TPID:
        return Drop.VLAN
    tag = parse(frame, ADDRESSES + 2)
    if isinstance(tag, Drop):
        return tag
    if tag.identifier != identifier:
        return Drop.VLAN
    return frame[:ADDRESSES] + frame[ADDRESSES + SIZE :]
