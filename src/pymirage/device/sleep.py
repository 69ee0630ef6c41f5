"""Waiting for time to pass."""

from abc import ABC, abstractmethod


class Sleep(ABC):
    @abstractmethod
    async def sleep(self, duration: int) -> None:
        """Returns after `duration` nanoseconds of the monotonic clock; other tasks run meanwhile.

        May be late, when others keep the processor, but not early by more than a microsecond.
        Zero lets the other tasks run once. Raises UsageError when negative. Can be cancelled.
        """
