"""The page's handler: what the image is made of, and how it is doing."""

from __future__ import annotations

import time

from pymirage.protocol.http.fields import Fields
from pymirage.sched.memory import memory_use
from pymirage.web.about.page import page
from pymirage.web.message import Handler, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from pymirage.device.count import Count, Counting
    from pymirage.web.message import Request


PATH = "/.well-known/pymirage"
"""RFC 8615: a place that no content of a site takes."""
# The page loads nothing and runs nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
KIBIBYTE, MEBIBYTE = 1 << 10, 1 << 20


class About(Handler):
    """It tells a stranger much: which keys there are, and which versions. Serve it where that is wanted."""

    def __init__(self, facts: Sequence[tuple[str, str]], description: str) -> None:
        """`facts.rows()` and `facts.description` of `info.described()`."""
        self._facts = facts
        self._description = description
        self._counting: list[Counting] = []
        self._started = time.monotonic()

    def watch(self, *counting: Counting) -> None:
        """Show what these count as well: the stack, the server."""
        self._counting += counting

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        if request.method not in ("GET", "HEAD"):
            return Response(405, Fields.of(("allow", "GET, HEAD")))
        fields = Fields.of(
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", POLICY),
            ("cache-control", "no-store"),
        )
        counts = [row for each in self._counting for row in map(_row, each.counts())]
        return Response(200, fields, page(self._facts, self._now(), counts, self._description).encode())

    def _now(self) -> list[tuple[str, str]]:
        use = memory_use()
        rows = [("up", duration(int(time.monotonic() - self._started)))]
        if use.limit:
            rows.append(("memory", f"{size(use.used)} of {size(use.limit)}, at most {size(use.peak)}"))
        else:
            rows.append(("memory", size(use.used)))
        return rows


def _row(count: Count) -> tuple[str, str]:
    labels = " ".join(value for _, value in count.labels)
    name = count.name.replace("_", " ")
    return f"{name}, {labels}" if labels else name, f"{count.value:,}".replace(",", "\u202f")


def size(octets: int) -> str:
    return f"{octets / MEBIBYTE:.1f} MiB" if octets >= MEBIBYTE else f"{octets / KIBIBYTE:.1f} KiB"


def duration(seconds: int) -> str:
    """`2 d 3 h 4 min`, of which only the last two places say anything."""
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
