"""The holes of an archive, and what fits where."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import Final, final

from pymirage.storage.tar.hole import SMALLEST

# What two blocks of zeros at the end of an archive take.
END_MARK: Final = 1024

Range = tuple[int, int]


@final
class Space:
    """Free ranges: the holes within the archive, each with its own header, and what follows its `end`."""

    def __init__(self, holes: list[Range], end: int, capacity: int) -> None:
        # In order of the archive, and disjoint.
        self._holes = sorted(holes)
        self.end = end
        self.capacity: Final = capacity

    def add(self, start: int, end: int) -> None:
        insort(self._holes, (start, end))

    def take(self, start: int, end: int) -> None:
        """Says that no hole starts in the range any more."""
        first = bisect_left(self._holes, (start, 0))
        del self._holes[first : bisect_left(self._holes, (end, 0))]

    def join(self, start: int, end: int) -> None:
        """Says that the holes of the run are one."""
        self.take(start, end)
        self.add(start, end)

    def run_around(self, place: int) -> Range:
        """The hole in which `place` lies, with those that touch it and each other."""
        first = last = bisect_right(self._holes, (place, self.capacity)) - 1
        while first and self._holes[first - 1][1] == self._holes[first][0]:
            first -= 1
        while last + 1 < len(self._holes) and self._holes[last][1] == self._holes[last + 1][0]:
            last += 1
        return self._holes[first][0], self._holes[last][1]

    def last(self) -> Range | None:
        """The run of holes at the archive's end, if there is one."""
        if not self._holes or self._holes[-1][1] != self.end:
            return None
        return self.run_around(self._holes[-1][0])

    def find(self, size: int) -> Range | None:
        """A run of holes in which a unit of `size` bytes leaves room for a hole before and behind it."""
        wanted = size + 2 * SMALLEST
        start = end = -1
        for at, stop in self._holes:
            start, end = (start if at == end else at), stop
            if end - start >= wanted:
                return start, end
        return None

    def is_one(self, start: int, end: int) -> bool:
        """Whether the run is a single hole."""
        at = bisect_left(self._holes, (start, end))
        return at < len(self._holes) and self._holes[at] == (start, end)

    def fits_behind(self, size: int, reserve: int) -> bool:
        """Whether the archive may grow by `size` bytes, and its end mark still fits."""
        return self.end + size + END_MARK + reserve <= self.capacity
