"""Unpredictable bytes."""

from abc import ABC, abstractmethod


class Random(ABC):
    """A source fit for keys, nonces and sequence numbers: nobody outside can predict or repeat it.

    (The fake in `driver.memory` repeats itself on purpose, and is for tests.)
    """

    @abstractmethod
    def bytes(self, size: int) -> bytes:
        """`size` fresh bytes. Does not block.

        Raises UsageError when negative, DeviceError when the platform has no entropy: never a constant.
        """
