# pymirage: hot
"""What was received, sent and dropped, by reason."""

from typing import final

from mypy_extensions import i64

from pymirage.wire.drop import Drop


@final
class Counters:
    """Totals of one interface; `drops` counts each reason that occurred."""

    def __init__(self) -> None:
        self.received_frames: i64 = 0
        self.received_octets: i64 = 0
        self.sent_frames: i64 = 0
        self.sent_octets: i64 = 0
        self.drops: dict[Drop, int] = {}

    def drop(self, reason: Drop) -> None:
        self.drops[reason] = self.drops.get(reason, 0) + 1
