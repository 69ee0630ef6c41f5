"""A line for each response, in the Combined Log Format that log readers know.

What a client sent goes into the line with quotes, backslashes and controls as escapes, so that nobody
writes lines, or colours, into a log by requesting them.
"""

from __future__ import annotations

import time

from pymirage.protocol.http.date import MONTHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pymirage.device.endpoint import Endpoint
    from pymirage.web.message import Request

LONGEST = 2048
"""Characters of what a client says."""


class AccessLog:
    """`write` takes a line without its end. combined: with referer and agent (else the Common format)."""

    def __init__(
        self,
        write: Callable[[str], object] = print,
        *,
        combined: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._write = write
        self._combined = combined
        self._clock = clock

    def record(self, request: Request, status: int, size: int) -> None:
        """size: octets of the body that was sent."""
        version = f"HTTP/{request.version // 10}.{request.version % 10}"
        first = f"{escaped(request.method)} {escaped(request.target)} {version}"
        said = request.fields.get("referer", "-"), request.fields.get("user-agent", "-")
        self._line(request.peer, first, status, size, *said)

    def refused(self, peer: Endpoint | None, status: int, size: int) -> None:
        """What came was no request."""
        self._line(peer, "-", status, size, "-", "-")

    def _line(
        self, peer: Endpoint | None, first: str, status: int, size: int, referer: str, agent: str
    ) -> None:
        host = "-" if peer is None else peer.address
        line = f'{host} - - [{moment(int(self._clock()))}] "{first}" {status} {size or "-"}'
        if self._combined:
            line += f' "{escaped(referer)}" "{escaped(agent)}"'
        self._write(line)


def moment(seconds: int) -> str:
    """10/Oct/2000:13:55:36 +0000, from seconds since 1970."""
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    return f"{day:02}/{MONTHS[month - 1]}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000"


def escaped(text: str) -> str:
    """As Apache writes it: `\\"`, `\\\\` and \\xHH."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text[:LONGEST]
    return "".join(_letter(letter) for letter in text[:LONGEST])


def _letter(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isascii() and letter.isprintable() else f"\\x{ord(letter):02x}"
