"""A port of loopback for a server that has to be told one, and that nobody else gets meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved() -> Iterator[int]:
    """Bound and not listening: Linux gives it to a server that asks for it, and to nobody who asks for any.

    The server has to set SO_REUSEADDR, as all do.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
