"""What a client keeps of connections to shorten the next ones (RFC 8446 §2.2): bounded, the oldest goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    import ssl

MOST = 256


@final
class Sessions:
    """By the server's name. A ticket is used once: with two uses both are seen to be the same client's."""

    def __init__(self) -> None:
        self._kept: dict[str, ssl.SSLSession] = {}

    def take(self, host: str) -> ssl.SSLSession | None:
        return self._kept.pop(host, None)

    def keep(self, host: str, session: ssl.SSLSession | None) -> None:
        if session is None or not session.has_ticket:
            return
        self._kept.pop(host, None)
        self._kept[host] = session
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
