# pymirage: hot
"""Path MTU discovery: RFC 1191 (IPv4) and RFC 8201 (IPv6): what is remembered of each destination.

Bounded; an estimate is forgotten after ten minutes, so that a larger one can be found (RFC 8201 §5.3).
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.wire import ipv6

SECOND: Final = 1_000_000_000

LIFETIME: Final = 600 * SECOND
MAXIMUM: Final = 1024
MINIMUM_V4: Final = 552
"""Smaller reports are likelier an attack than a link (as in Linux); RFC 1191 would go down to 68."""

PLATEAUS: Final = (32000, 17914, 8166, 4352, 2002, 1492, 1006, 552)
"""RFC 1191 §7.1, for routers that do not say their MTU."""


def plateau_below(size: i64) -> i64:
    """The next common MTU below the size that did not pass."""
    for plateau in PLATEAUS:
        if plateau < size:
            return plateau
    return MINIMUM_V4


@final
class Estimate:
    """One destination's path MTU."""

    def __init__(self, mtu: i64, expires: i64) -> None:
        self.mtu: Final[i64] = mtu
        self.expires: Final[i64] = expires


@final
class PathMtus:
    """What routers reported, by destination."""

    def __init__(self) -> None:
        self.estimates: dict[bytes, Estimate] = {}

    def get(self, destination: bytes, link_mtu: i64, now: i64) -> i64:
        """The largest packet for a destination."""
        estimate = self.estimates.get(destination)
        if estimate is None or estimate.expires <= now:
            return link_mtu
        return min(estimate.mtu, link_mtu)

    def reduce(self, destination: bytes, mtu: i64, current: i64, now: i64) -> i64:
        """A packet did not pass; `mtu` as reported, 0 when not said. Never more than `current`."""
        if len(destination) == 4:
            wanted: i64 = mtu if mtu > 0 else plateau_below(current)
            smaller = max(wanted, MINIMUM_V4)
        else:
            smaller = max(mtu, ipv6.MINIMUM_MTU)
        if smaller >= current:
            return current
        self.make_room(destination)
        self.estimates[destination] = Estimate(smaller, now + LIFETIME)
        return smaller

    def make_room(self, destination: bytes) -> None:
        """The oldest estimate goes when there are too many; renewed ones become the youngest."""
        if destination in self.estimates:
            del self.estimates[destination]
        elif len(self.estimates) >= MAXIMUM:
            for oldest in self.estimates:
                del self.estimates[oldest]
                break

    def deadline(self) -> i64:
        """When the oldest estimate is forgotten."""
        if not self.estimates:
            return FOREVER
        for estimate in self.estimates.values():
            return estimate.expires
        return FOREVER

    def expire(self, now: i64) -> list[bytes]:
        """Forget what is old; the destinations that may try larger packets again."""
        gone = [key for key, estimate in self.estimates.items() if estimate.expires <= now]
        for destination in gone:
            del self.estimates[destination]
        return gone
