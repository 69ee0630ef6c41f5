"""Socket options and their values, by Linux's numbers, as in socket(7), tcp(7), ip(7), ipv6(7)."""

from __future__ import annotations

import errno

SOL_SOCKET = 1
SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST = 2, 3, 4, 6
SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_REUSEPORT = 7, 8, 9, 15
SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN = 30, 38, 39

IPPROTO_TCP = 6
TCP_NODELAY, TCP_MAXSEG, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT = 1, 2, 4, 5, 6
TCP_QUICKACK, TCP_USER_TIMEOUT = 12, 18

IPPROTO_IP = 0
IP_TOS, IP_TTL, IP_MULTICAST_TTL, IP_MULTICAST_LOOP = 1, 2, 33, 34
IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 35, 36

IPPROTO_IPV6 = 41
IPV6_UNICAST_HOPS, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP = 16, 18, 19
IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP, IPV6_V6ONLY, IPV6_TCLASS = 20, 21, 26, 67

HINTS = frozenset([SO_REUSEADDR, SO_REUSEPORT, SO_SNDBUF, SO_RCVBUF, SO_BROADCAST])
"""Of SOL_SOCKET: taken, and without effect, because the stack does what they ask for by itself."""


def number_of(value: int | bytes | bytearray) -> int:
    """The value of an option that is a number, also as four octets."""
    if isinstance(value, int):
        return value
    return int.from_bytes(value[:4], "little", signed=True)


def ranged(value: int, least: int, most: int) -> int:
    """A value that must be in a range. Raises OSError."""
    if not least <= value <= most:
        raise OSError(errno.EINVAL, f"Invalid argument: {value} is not from {least} to {most}")
    return value


def no_option(level: int, option: int) -> OSError:
    """What Linux says to an option that it has not."""
    return OSError(errno.ENOPROTOOPT, f"Protocol not available: option {option} of level {level}")
