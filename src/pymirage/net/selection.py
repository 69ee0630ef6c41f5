"""Which of our addresses speaks to a destination, and which destination is tried first: RFC 6724.

Rules about home addresses and temporary addresses have no object here and are left out.
"""

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Final

from pymirage.net.addresses import DEPRECATED, Addresses, LocalAddress
from pymirage.net.interface import Interface

# Scopes as in multicast addresses (RFC 4291 §2.7), so that they compare.
LINK: Final = 2
SITE: Final = 5
GLOBAL: Final = 14

POLICY: Final = (
    # Prefix, bits, precedence, label: RFC 6724 §2.1, longest first.
    (bytes(15) + b"\x01", 128, 50, 0),
    (bytes(10) + b"\xff\xff" + bytes(4), 96, 35, 4),
    (bytes(16), 96, 1, 3),
    (b"\x20\x01" + bytes(14), 32, 5, 5),
    (b"\x20\x02" + bytes(14), 16, 30, 2),
    (b"\x3f\xfe" + bytes(14), 16, 1, 12),
    (b"\xfe\xc0" + bytes(14), 10, 1, 11),
    (b"\xfc" + bytes(15), 7, 3, 13),
    (bytes(16), 0, 40, 1),
)


def scope(address: bytes) -> int:
    """RFC 6724 §3.1, §3.2 for IPv4."""
    if len(address) == 4:
        return LINK if address[0] == 127 or address[:2] == b"\xa9\xfe" else GLOBAL
    if address[0] == 0xFF:
        return address[1] & 0x0F
    if address[0] == 0xFE and address[1] & 0xC0 == 0x80:
        return LINK
    if address[0] == 0xFE and address[1] & 0xC0 == 0xC0:
        return SITE
    return LINK if address == bytes(15) + b"\x01" else GLOBAL


def as_ipv6(address: bytes) -> bytes:
    """IPv4 addresses take part as IPv4-mapped ones."""
    return address if len(address) == 16 else bytes(10) + b"\xff\xff" + address


def policy(address: bytes) -> tuple[int, int]:
    """Precedence and label."""
    mapped = as_ipv6(address)
    for prefix, length, precedence, label in POLICY:
        if common_prefix(mapped, prefix) >= length:
            return precedence, label
    raise AssertionError("the last policy matches everything")


def common_prefix(one: bytes, other: bytes) -> int:
    """How many leading bits agree."""
    difference = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return len(one) * 8 - difference.bit_length()


def select_source(addresses: Addresses, interface: Interface, destination: bytes) -> LocalAddress | None:
    """The best source on the outgoing interface (§5); None when it has no address of the family."""
    best: LocalAddress | None = None
    for candidate in addresses.local:
        if candidate.interface is not interface or not candidate.usable():
            continue
        if len(candidate.address) != len(destination):
            continue
        if best is None or better_source(candidate, best, destination):
            best = candidate
    return best


def better_source(candidate: LocalAddress, best: LocalAddress, destination: bytes) -> bool:
    """Rules 1, 2, 3, 6 and 8 of §5, in this order."""
    if best.address == destination:
        return False
    if candidate.address == destination:
        return True
    scopes = scope(candidate.address), scope(best.address)
    if scopes[0] != scopes[1]:
        if scopes[0] < scopes[1]:
            return scopes[0] >= scope(destination)
        return scopes[1] < scope(destination)
    if (candidate.state == DEPRECATED) != (best.state == DEPRECATED):
        return best.state == DEPRECATED
    label = policy(destination)[1]
    labels = policy(candidate.address)[1] == label, policy(best.address)[1] == label
    if labels[0] != labels[1]:
        return labels[0]
    return matched(candidate, destination) > matched(best, destination)


def matched(source: LocalAddress, destination: bytes) -> int:
    """Agreeing bits, counted no further than the source's own prefix (§2.2)."""
    return min(common_prefix(source.address, destination), int(source.length))


def order_destinations(destinations: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """The destinations of (destination, source) pairs by §6; a source is empty when there is no route."""
    return [pair[0] for pair in sorted(destinations, key=cmp_to_key(compare_destinations))]


def compare_destinations(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> int:
    """Rules 1, 2, 5, 6, 8, 9 of §6: negative when `one` goes first. Rule 10, keep the order, is sort's."""
    if bool(one[1]) != bool(other[1]):
        return -1 if one[1] else 1
    if not one[1]:
        return 0
    scope_matches = [scope(destination) == scope(source) for destination, source in (one, other)]
    if scope_matches[0] != scope_matches[1]:
        return -1 if scope_matches[0] else 1
    label_matches = [policy(destination)[1] == policy(source)[1] for destination, source in (one, other)]
    if label_matches[0] != label_matches[1]:
        return -1 if label_matches[0] else 1
    precedence = policy(other[0])[0] - policy(one[0])[0]
    if precedence:
        return precedence
    scopes = scope(one[0]) - scope(other[0])
    if scopes:
        return scopes
    if len(one[0]) == len(other[0]) == 16:
        return common_prefix(*other) - common_prefix(*one)
    return 0
