"""The console of an image."""

import sys

from pymirage.device import Console
from pymirage.driver.solo5 import _contract


class Solo5Console(Console):
    def write(self, data: bytes) -> None:
        # What was printed before comes first.
        sys.stdout.flush()
        _contract.console_write(data)
