"""What a rehearsal is told, and what becomes of one whose image says nonsense or never comes to an end."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from threading import Thread

import pytest

from pymirage.tool.image.rehearsal import attend as attending
from pymirage.tool.image.rehearsal.attend import Rehearsal, attend
from pymirage.tool.image.rehearsal.messages import HEAD, MOMENTS, STATUS, Kind, Message, send

SECOND = 1_000_000_000
STARTS = Message(Kind.STARTS, b"")
FOREVER = 1 << 63


def waits(now: int, deadline: int) -> Message:
    return Message(Kind.WAITS, MOMENTS.pack(now, deadline))


def ends(status: int) -> Message:
    return Message(Kind.ENDS, STATUS.pack(status))


def rehearsed(*messages: Message, octets: bytes = b"") -> tuple[Rehearsal | None, bytes]:
    """How it went, and what the image was told."""
    ours, its = socket.socketpair()
    found: list[Rehearsal | None] = []
    with ours, its:
        thread = Thread(target=lambda: found.append(attend(ours, ())))
        thread.start()
        send(its, *messages)
        its.sendall(octets)
        its.shutdown(socket.SHUT_WR)
        thread.join()
        ours.shutdown(socket.SHUT_WR)
        told = b""
        while more := its.recv(65536):
            told += more
    return found[0], told


def kinds(told: bytes) -> list[Kind]:
    found = []
    while told:
        kind, size = HEAD.unpack_from(told)
        found.append(Kind(kind))
        told = told[HEAD.size + size :]
    return found


def test_time_passes_while_the_image_waits() -> None:
    rehearsal, told = rehearsed(STARTS, waits(SECOND, 2 * SECOND), ends(0))
    assert told == HEAD.pack(Kind.GO, 8) + struct.pack("<Q", 2 * SECOND)
    assert rehearsal is not None and rehearsal.told() == "start rehearsed"


def test_who_waits_for_ever_has_started() -> None:
    _, told = rehearsed(STARTS, waits(SECOND, FOREVER))
    assert kinds(told) == [Kind.STOP]


def test_who_waits_all_the_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "WAITS", 3)
    _, told = rehearsed(STARTS, *(waits(SECOND + n, SECOND + n + 1) for n in range(4)))
    assert kinds(told) == [Kind.GO, Kind.GO, Kind.GO, Kind.STOP]


def test_the_last_one_counts() -> None:
    said = Message(Kind.PRINTS, b"usage:\napp: --name is missing\n")
    rehearsal, _ = rehearsed(STARTS, ends(1), STARTS, said, ends(64))
    assert rehearsal is not None
    assert rehearsal.told() == "start rehearsed, with nothing given to it: status 64: app: --name is missing"


def test_one_that_could_not_be() -> None:
    rehearsal, _ = rehearsed(STARTS, Message(Kind.FAILED, b""))
    assert rehearsal is not None and rehearsal.told().startswith("no start rehearsed")


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"x",
        HEAD.pack(99, 0),
        HEAD.pack(Kind.GO, 0),
        HEAD.pack(Kind.PRINTS, 1 << 31),
        HEAD.pack(Kind.SENDS, 100) + b"too short",
        HEAD.pack(Kind.WAITS, 3) + b"odd",
        HEAD.pack(Kind.ENDS, 0),
    ],
)
def test_nonsense_ends_it(octets: bytes) -> None:
    rehearsal, told = rehearsed(STARTS, octets=octets)
    assert rehearsal is not None and not told


def frames(first: Sequence[bytes]) -> list[Message]:
    return [Message(Kind.SENDS, frame) for frame in first]


def test_odd_frames() -> None:
    rehearsal, told = rehearsed(STARTS, *frames([b"", b"\xff" * 14, bytes(1 << 16)]), waits(1, FOREVER))
    assert rehearsal is not None and kinds(told) == [Kind.STOP]


def test_nothing_at_all() -> None:
    assert rehearsed() == (None, b"")


def test_last_words_of_an_image_that_has_gone() -> None:
    ours, its = socket.socketpair()
    with ours:
        send(its, STARTS, Message(Kind.PRINTS, b"app: --name is missing\n"), ends(64))
        its.close()
        rehearsal = attend(ours, ())
    assert rehearsal is not None and rehearsal.status == 64
