"""Figures that a device keeps about itself."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Counting(Protocol):
        """What counts: a network stack, a server."""

        def counts(self) -> list[Count]: ...


class Count:
    """One figure. Its name is of a device's own choosing, in lower case with underscores.

    labels: what tells it from others of the same name, as ("reason", "checksum is wrong"). total: whether it
    only grows, from 0 at the start; else it says how things are now.
    """

    __slots__ = ("labels", "name", "total", "value")

    def __init__(
        self, name: str, value: int, *, total: bool = True, labels: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.name = name
        self.value = value
        self.total = total
        self.labels = labels
