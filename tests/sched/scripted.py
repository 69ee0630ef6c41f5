"""A platform without time or devices of its own: a test says when which device becomes ready."""

from __future__ import annotations

from pymirage.device.platform import FOREVER, Platform


class ScriptedPlatform(Platform):
    """Time jumps to whatever comes first, the loop's deadline or the script's next moment."""

    def __init__(self, script: list[tuple[int, int]] | None = None) -> None:
        """`script`: at this time (ns) the devices of this set of bits become ready."""
        self._script = script or []
        self._now = 0
        self.ready = 0
        # What the loop asked for, one deadline a call.
        self.waits: list[int] = []

    def now(self) -> int:
        return self._now

    def wait(self, deadline: int) -> int:
        self.waits.append(deadline)
        if not self.ready and self._script and self._script[0][0] <= deadline:
            at, self.ready = self._script.pop(0)
            self._now = max(self._now, at)
        elif not self.ready:
            assert deadline != FOREVER, "the image would stand still for ever"
            self._now = max(self._now, deadline)
        return self.ready
