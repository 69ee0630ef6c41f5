# pymirage: hot
"""Random delays from the platform's entropy."""

from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64

from pymirage.net.neighbour.conflict import Spread


@final
class EntropySpread(Spread):
    """`entropy(n)` gives n octets."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self.entropy: Final = entropy

    def below(self, limit: i64) -> i64:
        """Not perfectly even, which delays need not be."""
        return int.from_bytes(self.entropy(7), "big") % limit
