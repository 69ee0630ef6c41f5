"""One partition, of either kind of table."""

from typing import Final, final


@final
class Partition:
    """number: from 1, as others count. first, count: its sectors. kind: the type as the table has it."""

    __slots__ = ("count", "first", "kind", "name", "number")

    def __init__(self, number: int, first: int, count: int, kind: str, name: str = "") -> None:
        self.number: Final = number
        self.first: Final = first
        self.count: Final = count
        self.kind: Final = kind
        self.name: Final = name

    def __repr__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"Partition({self.number}{named}: {self.count} sectors from {self.first}, type {self.kind})"
