"""Two clocks: one that measures, one that tells the date."""

from abc import ABC, abstractmethod


class MonotonicClock(ABC):
    """Measures intervals. Never goes backwards and is not moved by anyone who sets the date."""

    @abstractmethod
    def now(self) -> int:
        """Nanoseconds since some moment that stays the same while the program runs. Does not block."""


class WallClock(ABC):
    """Tells the date. May jump, either way, when somebody sets the host's clock."""

    @abstractmethod
    def now(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX). Does not block."""
