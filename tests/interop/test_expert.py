"""What tshark says of what we send (expert information): hardly anything, else what a bad link brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop import tshark
from tests.interop.laboratory import OURS4, OURS6
from tests.interop.test_linux import tell

ALWAYS = (
    "Connection establish",
    "Connection finish (FIN)",
    # Who closes first, and who second.
    "This frame initiates the connection closing",
    "This frame undergoes the connection closing",
    # One side reads slower than the other writes, until reading makes room.
    "TCP Zero Window segment",
    "TCP window specified by the receiver is now completely full",
    "TCP window update",
    # A tail loss probe for one who was only busy (RFC 8985 §7), and the answer to such a one (RFC 2883).
    "This frame is a (suspected) retransmission",
    "This frame is a (suspected) spurious retransmission",
    "Duplicate ACK",
    "D-SACK Sequence",
)
IN_TROUBLE = (
    *ALWAYS,
    # The link lost one of ours, or let a later one overtake it: the recorder sits behind the link.
    "Previous segment(s) not captured",
    "This frame is a (suspected) out-of-order segment",
    # So it is sent again.
    "This frame is a (suspected) fast retransmission",
)
"""Never: malformed segments, wrong checksums or lengths, acknowledgments of what was not sent."""


def said_of_us(file: Path) -> set[str]:
    ours = f"_ws.expert && (ip.src == {OURS4} || ipv6.src == {OURS6})"
    fields = ["-T", "fields", "-E", "aggregator=|", "-e", "_ws.expert.message"]
    lines = tshark.read(file, "-Y", ours, *fields)
    return {message for line in lines for message in line.split("|")}


@tshark.needs_tshark
@pytest.mark.parametrize(
    ("story", "accepted"), [("recorded", ALWAYS), ("recorded_in_trouble", IN_TROUBLE)], ids=["good", "bad"]
)
def test_expert_information(story: str, accepted: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "capture.pcap"
    tell(story, file=file, size=300_000)
    found = said_of_us(file)
    assert found, "tshark saw nothing of ours"
    assert {message for message in found if not message.startswith(accepted)} == set()
