# pymirage: hot
"""Choosing a local port that outsiders cannot guess (RFC 6056 §3.3.1, simple randomisation)."""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

if TYPE_CHECKING:
    from pymirage.net.path import Path
    from pymirage.net.tcp.stack import TcpStack

FIRST: Final = 32_768
COUNT: Final = 28_232
"""32768 to 60999."""


def choose(stack: "TcpStack", path: "Path", remote_port: i64) -> i64:
    """A port without a connection to this endpoint; 0 when there is none."""
    start: i64 = int.from_bytes(stack.entropy(4), "big") % COUNT
    tried: i64 = 0
    while tried < COUNT:
        port = FIRST + (start + tried) % COUNT
        if port not in stack.listeners and stack.find(path, port, remote_port) is None:
            return port
        tried += 1
    return 0
