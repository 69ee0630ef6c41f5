"""What an image's event loop stands on: the clock of the contract, and its one call that waits."""

from pymirage.device.platform import Platform
from pymirage.driver.solo5 import _contract


class Solo5Platform(Platform):
    def __init__(self) -> None:
        # The loop and the stack call these in every turn: straight into the contract.
        self.now = _contract.clock_monotonic  # type: ignore[method-assign]
        self.wait = _contract.yield_until  # type: ignore[method-assign,assignment]

    def now(self) -> int:
        return _contract.clock_monotonic()

    def wait(self, deadline: int) -> int:
        return _contract.yield_until(deadline)
