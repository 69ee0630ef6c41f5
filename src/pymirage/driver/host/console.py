"""The console of a process: its standard output."""

from __future__ import annotations

import sys

from pymirage.device import Console
from pymirage.error import DeviceError


class HostConsole(Console):
    def write(self, data: bytes) -> None:
        try:
            # What was printed before comes first.
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except (OSError, ValueError) as error:
            raise DeviceError(f"standard output takes no more: {error}") from error
