"""What an image's event loop stands on: the clock of the contract, and its one call that waits."""

from pymirage.device.platform import Platform
from pymirage.driver.solo5 import _contract


class Solo5Platform(Platform):
    def now(self) -> int:
        return _contract.clock_monotonic()

    def wait(self, deadline: int) -> int:
        return _contract.yield_until(deadline)
