"""The ground that an event loop stands on: what time it is, and waiting for the next thing to happen."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeAlias

    Callback: TypeAlias = Callable[..., object]

# No deadline: only a device can end the wait. (The largest time that the contract can carry.)
FOREVER: Final = 2**63 - 1

# Among the ready devices: the host asks the program to end. No device has handle 0.
STOP: Final = 1


class Platform(ABC):
    """Time and readiness. The only place where an image stands still."""

    @abstractmethod
    def now(self) -> int:
        """The monotonic clock, in nanoseconds."""

    @abstractmethod
    def wait(self, deadline: int) -> int:
        """Stands still until a device has something to read, or the monotonic clock reaches `deadline`.

        Returns the set of ready devices, bit n for handle n; 0 when the deadline came first. A deadline that
        has passed makes it a question that returns at once; FOREVER waits for devices only. Uses no CPU.
        STOP is in the set, once, when the host asks the program to end.
        """


class Readiness(ABC):
    """What an event loop offers to drivers: to be called back when a device has something to read."""

    @abstractmethod
    def add_device_reader(self, handle: int, callback: Callback, *args: object) -> None:
        """Calls `callback(*args)` in each turn of the loop in which the device is ready, until removed.

        A callback need not read all there is: it will be called again. A handle has one callback, the
        newest.
        """

    @abstractmethod
    def remove_device_reader(self, handle: int) -> bool:
        """Forgets the handle; False when it had no callback."""
