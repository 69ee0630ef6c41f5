"""The host kernel's random numbers (getrandom)."""

import os

from pymirage.device import Random
from pymirage.error import DeviceError, UsageError


class HostRandom(Random):
    def bytes(self, size: int) -> bytes:
        if size < 0:
            raise UsageError(f"cannot make {size} random bytes")
        try:
            return os.urandom(size)
        except (OSError, NotImplementedError) as error:
            raise DeviceError(f"the host gives no random numbers: {error}") from error
