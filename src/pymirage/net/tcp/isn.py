# pymirage: hot
"""Initial sequence numbers and timestamp offsets that outsiders cannot guess (RFC 6528 §3, RFC 7323 §5.4)."""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.net.siphash import SipHash, hash_of

if TYPE_CHECKING:
    from pymirage.net.path import Path

TICK: Final = 4_000
"""The clock M of RFC 9293 §3.4.1 ticks every 4 microseconds."""


def initial_sequence(key: SipHash, path: "Path", local_port: i64, remote_port: i64, now: i64) -> i64:
    """ISN = M + F(localip, localport, remoteip, remoteport, secretkey)."""
    return (now // TICK + _hash(key, path, local_port, remote_port)) & 0xFFFF_FFFF


def stamp_offset(key: SipHash, path: "Path", local_port: i64, remote_port: i64) -> i64:
    """Where the timestamp clock of two endpoints starts.

    The same for each of their connections, so that a new one's timestamps follow the old one's (RFC 6191).
    """
    return _hash(key, path, local_port, remote_port) >> 32 & 0xFFFF_FFFF


def _hash(key: SipHash, path: "Path", local_port: i64, remote_port: i64) -> i64:
    return hash_of(
        key,
        path.source_high,
        path.source_low,
        path.destination_high,
        path.destination_low,
        local_port << 16 | remote_port,
    )
