"""How much memory the program has and uses, on whatever it finds itself on."""

from __future__ import annotations

from pymirage.sched.run import in_image

PAGE = 4096
_STATM = "/proc/self/statm"


class MemoryUse:
    """Octets. limit and peak are 0 where they are not known, as in a process of a host."""

    __slots__ = ("limit", "peak", "used")

    def __init__(self, limit: int, used: int, peak: int) -> None:
        self.limit = limit
        self.used = used
        self.peak = peak


def memory_use() -> MemoryUse:
    """In an image its heap, on a host what is resident of the process."""
    if in_image():
        from pymirage.driver.solo5 import _contract

        return MemoryUse(*_contract.memory())
    try:
        with open(_STATM) as statm:  # noqa: PTH123 (pathlib would come into images)
            return MemoryUse(0, int(statm.read().split()[1]) * PAGE, 0)
    except (OSError, ValueError, IndexError):
        return MemoryUse(0, 0, 0)
