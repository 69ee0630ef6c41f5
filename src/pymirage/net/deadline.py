# pymirage: hot
"""Deadlines, as every core's `deadline()` gives them: nanoseconds on the clock of its `now`."""

from typing import Final

# 146 years: nothing to wait for. Compiled code holds no larger number without an object.
FOREVER: Final = 0x3FFF_FFFF_FFFF_FFFF
