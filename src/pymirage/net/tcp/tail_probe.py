# pymirage: hot
"""Tail loss probe: ask early whether the last segments arrived (RFC 8985 §7)."""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import recovery, seqno

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

MAXIMUM_ACK_DELAY: Final = 200_000_000
"""How long a peer may delay its acknowledgment of one segment (RFC 8985 §7.2: TLP.max_ack_delay)."""
INITIAL: Final = 1_000_000_000
MINIMUM: Final = 10_000_000
"""On a short path the peer's scheduling takes longer than two round trips."""


@final
@mypyc_attr(acyclic=True)
class TailProbe:
    """The variables of RFC 8985 §7.1."""

    def __init__(self) -> None:
        self.outstanding: bool = False
        self.end: i64 = 0
        """TLP.end_seq."""
        self.again: bool = False
        """TLP.is_retrans: the probe sent old data."""


def schedule(connection: "Connection", now: i64) -> None:
    """§7.2: a timeout of two round trips, if it comes before the retransmission timer's."""
    timers = connection.timers
    timers.probe = FOREVER
    flight = connection.flight
    if (
        not connection.selective
        or connection.recovery.mode != recovery.OPEN
        or connection.probe.outstanding
        or flight.head is None
        or flight.sacked > 0
    ):
        return
    smoothed = connection.round_trip.smoothed
    wait = INITIAL
    if smoothed >= 0:
        wait = 2 * smoothed
        if flight.records == 1:
            wait += MAXIMUM_ACK_DELAY
        else:
            wait = max(wait, MINIMUM)
    if now + wait < timers.retransmit:
        timers.probe = now + wait


def sent(connection: "Connection", again: bool) -> None:
    probe = connection.probe
    probe.outstanding = True
    probe.again = again
    probe.end = connection.snd_nxt


def acknowledged(
    connection: "Connection", acknowledgment: i64, duplicate_reported: bool, plain: bool, now: i64
) -> None:
    """§7.4: was the probe what repaired a loss? Then congestion control must know of it.

    plain: the segment is a duplicate acknowledgment without SACK blocks.
    """
    probe = connection.probe
    if not probe.outstanding or seqno.before(acknowledgment, probe.end):
        return
    if not probe.again or duplicate_reported or (acknowledgment == probe.end and plain):
        # New data, or both copies arrived.
        probe.outstanding = False
    elif seqno.after(acknowledgment, probe.end):
        probe.outstanding = False
        if connection.recovery.mode == recovery.OPEN:
            recovery.repaired_by_probe(connection, now)
