"""Random numbers that repeat, and that anyone can predict: the same seed gives the same bytes. For tests."""

import random

from pymirage.device import Random
from pymirage.error import UsageError


class SeededRandom(Random):
    def __init__(self, seed: int = 0) -> None:
        self._generator = random.Random(seed)

    def bytes(self, size: int) -> bytes:
        if size < 0:
            raise UsageError(f"cannot make {size} random bytes")
        return self._generator.randbytes(size)
