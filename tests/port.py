"""What of loopback a test may use: a port that nobody else gets meanwhile, and whether there is IPv6."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


def has_ipv6() -> bool:
    """Whether this host has IPv6's loopback address: containers often do not."""
    try:
        with socket.socket(socket.AF_INET6) as trying:
            trying.bind(("::1", 0))
    except OSError:
        return False
    return True


@contextmanager
def reserved() -> Iterator[int]:
    """Bound and not listening: Linux gives it to a server that asks for it, and to nobody who asks for any.

    The server has to set SO_REUSEADDR, as all do.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
