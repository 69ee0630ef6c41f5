"""What a bad link does to frames: loses, delays, reorders, doubles and damages them, and is slow.

A pure core: a frame and the time in, copies with their times of arrival out. The same random numbers give
the same damage, so that what a test finds can be found again.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, final

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000
HEADER: Final = 14


@dataclass(frozen=True)
class Impairment:
    """How bad a link is. Probabilities from 0 to 1; times in nanoseconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    """Of one bit turned, anywhere behind the Ethernet header."""
    reorder: float = 0.0
    """Of being held back, so that frames sent later overtake."""
    reorder_by: int = 10 * MILLISECOND
    delay: int = 0
    jitter: int = 0
    """A random part added to the delay; frames may overtake each other."""
    rate: int = 0
    """Bits a second; 0: as fast as can be."""
    queue: int = 0
    """Octets that may wait for a slow link; 0: any number. What exceeds them is lost."""


NONE: Final = Impairment()


@final
class ImpairedLink:
    """One direction of one link."""

    def __init__(self, impairment: Impairment, random: Random) -> None:
        self.impairment = impairment
        self.random: Final = random
        self.lost = 0
        self.damaged = 0
        self.doubled = 0
        self.overflowed = 0
        self._free_at = 0

    def carry(self, frame: bytes, now: int) -> list[tuple[int, bytes]]:
        """(time of arrival, frame) for each copy that arrives."""
        bad = self.impairment
        if self._happens(bad.loss):
            self.lost += 1
            return []
        sent_at = self._serialised(frame, now)
        if sent_at < 0:
            self.overflowed += 1
            return []
        copies = [(self._arrival(sent_at), self._damage(frame))]
        if self._happens(bad.duplicate):
            self.doubled += 1
            copies.append((self._arrival(sent_at), frame))
        return copies

    def _happens(self, probability: float) -> bool:
        # Nothing is drawn for what cannot happen: adding one kind of damage leaves the others as they were.
        return probability > 0 and self.random.random() < probability

    def _serialised(self, frame: bytes, now: int) -> int:
        """When the last bit left, or -1 when the queue before a slow link is full."""
        bad = self.impairment
        if bad.rate == 0:
            return now
        start = max(now, self._free_at)
        waiting = (start - now) * bad.rate // (8 * SECOND)
        if bad.queue and waiting + len(frame) > bad.queue:
            return -1
        self._free_at = start + len(frame) * 8 * SECOND // bad.rate
        return self._free_at

    def _arrival(self, sent_at: int) -> int:
        bad = self.impairment
        late = self.random.randrange(bad.jitter) if bad.jitter else 0
        held = bad.reorder_by if self._happens(bad.reorder) else 0
        return sent_at + bad.delay + late + held

    def _damage(self, frame: bytes) -> bytes:
        if len(frame) <= HEADER or not self._happens(self.impairment.corrupt):
            return frame
        self.damaged += 1
        at = self.random.randrange(HEADER, len(frame))
        turned = frame[at] ^ 1 << self.random.randrange(8)
        return frame[:at] + bytes((turned,)) + frame[at + 1 :]
