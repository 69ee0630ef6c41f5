# pymirage: hot
"""What the conversations of one server share."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from mypy_extensions import i64

from pymirage.protocol.http import date
from pymirage.protocol.http.limits import Limits
from pymirage.web.message import Handler
from pymirage.web.server.counters import Counters
from pymirage.web.server.patience import Patience

if TYPE_CHECKING:
    from pymirage.web.server.access import AccessLog
    from pymirage.web.server.served import Served
    from pymirage.web.server.settings import Settings


@final
class Service:
    """The handler, the bounds, and who is being served. `clock` gives seconds since 1970."""

    def __init__(
        self,
        handler: Handler,
        settings: "Settings",
        access: "AccessLog | None",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.handler: Final = handler
        self.limits: Final[Limits] = settings.limits
        self.access: Final[Any] = access
        self.clock: Final = clock
        self.counters: Final = Counters()
        self.conversations: Final[dict[Any, None]] = {}
        self.most: Final[i64] = settings.connections
        self._idle: Final[i64] = settings.idle
        self._head: Final[i64] = settings.head
        self._body: Final[i64] = settings.body
        self._send: Final[i64] = settings.send
        self._linger: Final[i64] = settings.linger
        self._rate: Final[i64] = settings.rate
        self.drain: Final[i64] = settings.drain
        self.pipelined: Final[i64] = settings.pipelined
        self.closing = False
        self.tick: i64 = 0
        """Seconds of the watch: time-outs count in them, so that requests cost no timers."""
        self.watch: Callable[[], object] = nothing
        """Called when there is someone to watch again."""
        self.emptied: Callable[[], object] = nothing
        """Called when the last conversation has ended."""
        self._date_at = -1
        self._date_line = b""

    def date_line(self) -> bytes:
        """The Date field (RFC 9110 §6.6.1), made once a second."""
        seconds = int(self.clock())
        if seconds != self._date_at:
            self._date_at = seconds
            self._date_line = f"date: {date.emit(seconds)}\r\n".encode("ascii")
        return self._date_line

    def patience(self) -> Patience:
        """For a new conversation."""
        return Patience(
            self.tick, self._idle, self._head, self._body, self._send, self._linger, self._rate
        )  # fmt: skip

    def enter(self, conversation: "Served") -> bool:
        """One more, when there is room, or can be made."""
        self.counters.connections += 1
        if self.closing or (len(self.conversations) >= self.most and not self._make_room()):
            self.counters.connections_refused += 1
            return False
        self.conversations[conversation] = None
        self.counters.connections_open += 1
        if len(self.conversations) == 1:
            self.watch()
        return True

    def leave(self, conversation: "Served") -> None:
        if conversation in self.conversations:
            del self.conversations[conversation]
            self.counters.connections_open -= 1
            if not self.conversations:
                self.emptied()

    def second(self) -> None:
        """A second has passed: look after everybody."""
        self.tick += 1
        for conversation in list(self.conversations):
            conversation.look(self.tick)

    def _make_room(self) -> bool:
        """Who idles goes first."""
        for conversation in self.conversations:
            if conversation.idles():
                conversation.stop()
                return True
        return False


def nothing() -> None:
    """Nobody wants to know."""
