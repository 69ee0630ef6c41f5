"""Random bytes from the processor (RDSEED, RDRAND) or the host, whichever the platform has."""

from pymirage.device import Random
from pymirage.driver.solo5 import _contract
from pymirage.error import DeviceError, UsageError


class Solo5Random(Random):
    def bytes(self, size: int) -> bytes:
        if size < 0:
            raise UsageError(f"cannot make {size} random bytes")
        try:
            return _contract.entropy(size)
        except OSError as error:
            raise DeviceError(f"no random numbers: {error}") from error
