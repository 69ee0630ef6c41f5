"""Answers that are remembered, the negative ones too (RFC 2308); bounded, the longest unused goes first."""

from dataclasses import replace
from typing import Final, final

from pymirage.net.resolver.answer import SECOND, Answer, Outcome
from pymirage.wire.dns import Name

MAXIMUM: Final = 1024


@final
class Cache:
    """Answers by (name, type)."""

    def __init__(self, maximum: int = MAXIMUM) -> None:
        self.maximum: Final = maximum
        self.entries: dict[tuple[Name, int], tuple[int, Answer]] = {}

    def get(self, name: Name, kind: int, now: int) -> Answer | None:
        """A remembered answer, its time to live counted down."""
        key = (name, kind)
        entry = self.entries.pop(key, None)
        if entry is None:
            return None
        until, answer = entry
        if until <= now:
            return None
        # Put back at the end: dictionaries keep order, and the first is the longest unused.
        self.entries[key] = entry
        return replace(answer, ttl=(until - now) // SECOND)

    def put(self, name: Name, kind: int, answer: Answer, now: int) -> None:
        """Remember what a server said; failures are not remembered."""
        if answer.ttl <= 0 or answer.outcome in (Outcome.FAILED, Outcome.REFUSED):
            return
        self.entries.pop((name, kind), None)
        if len(self.entries) >= self.maximum:
            del self.entries[next(iter(self.entries))]
        self.entries[name, kind] = (now + answer.ttl * SECOND, answer)

    def clear(self) -> None:
        """Forget everything: the network changed."""
        self.entries.clear()
