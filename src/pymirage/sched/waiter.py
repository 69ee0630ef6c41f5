"""Where the loop stands still: turns asyncio's question ("what is ready within so many seconds?") into the
platform's ("wait until this moment").
"""

from __future__ import annotations

from pymirage.device.platform import FOREVER, STOP, Platform
from pymirage.sched.deadlock import Deadlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio.events import Handle
    from collections.abc import Callable

NANOSECONDS = 1_000_000_000

# Sets of devices that are ready together and are remembered: more than one interface has, and ten of them do.
SETS = 64


def _nobody() -> None:
    """There is nothing to stop."""


class Waiter:
    """Stands in for the selector of asyncio's base loop, with devices in place of file descriptors."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._readers: dict[int, Handle] = {}
        # By what the platform answered, so that a frame's arrival is looked up and not counted out.
        self._found: dict[int, list[Handle]] = {}
        self.stop: Callable[[], object] = _nobody
        """Called when the host asks the program to end (`Platform.wait`)."""

    def watch(self, handle: int, reader: Handle) -> None:
        """The reader of a device from now on."""
        self._readers[handle] = reader
        self._found = {}

    def ignore(self, handle: int) -> bool:
        """Whether the device had a reader, which it has no longer."""
        self._found = {}
        return self._readers.pop(handle, None) is not None

    def select(self, timeout: float | None) -> list[Handle]:
        """The readers of the devices that are ready, after waiting up to `timeout` seconds (None: for ever).

        Raises Deadlock when it would wait for ever and no device can end that.
        """
        return self.wait(self._deadline(timeout))

    def wait(self, deadline: int) -> list[Handle]:
        """As `select`, until a moment of the platform's clock: one that has passed does not wait."""
        if not self._readers:
            if deadline == FOREVER:
                raise Deadlock
            if deadline == 0:
                # Nothing to ask for: spares a busy image the way out to the tender in every turn.
                return []
        ready = self._platform.wait(deadline)
        found = self._found.get(ready)
        if found is None:
            found = [reader for handle, reader in self._readers.items() if ready >> handle & 1]
            if ready & STOP:
                self.stop()
            elif len(self._found) < SETS:
                self._found[ready] = found
        return found

    def _deadline(self, timeout: float | None) -> int:
        if timeout is None:
            return FOREVER
        if timeout <= 0:
            return 0
        # At least one nanosecond on, so that rounding can never make the loop turn without time passing.
        return self._platform.now() + max(1, round(timeout * NANOSECONDS))
