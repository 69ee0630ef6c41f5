"""What `pymirage-initialise` and this tool say to each other (runtime/include/rehearsal_abi.h)."""

from __future__ import annotations

import enum
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEAD = struct.Struct("<II")
MOMENTS = struct.Struct("<QQ")
MOMENT = struct.Struct("<Q")
STATUS = struct.Struct("<I")

# More than the longest frame, or line, that an image has to say.
LONGEST = 1 << 20


class Kind(enum.IntEnum):
    STARTS = 1
    PRINTS = 2
    SENDS = 3
    WAITS = 4
    ENDS = 5
    FAILED = 6
    FRAME = 7
    GO = 8
    STOP = 9


@dataclass(frozen=True, slots=True)
class Message:
    kind: Kind
    content: bytes


class Broken(Exception):
    """What came is no message."""


def received(channel: socket.socket) -> Iterator[Message]:
    """Until the other end is closed."""
    while head := _exactly(channel, HEAD.size):
        number, size = HEAD.unpack(head)
        if not Kind.STARTS <= number <= Kind.FAILED or size > LONGEST:
            raise Broken
        content = _exactly(channel, size)
        if len(content) < size:
            return
        yield Message(Kind(number), content)


def send(channel: socket.socket, *messages: Message) -> None:
    channel.sendall(b"".join(HEAD.pack(each.kind, len(each.content)) + each.content for each in messages))


def _exactly(channel: socket.socket, size: int) -> bytes:
    """Fewer octets at the end only, and then of no use."""
    content = b""
    while len(content) < size and (more := channel.recv(size - len(content))):
        content += more
    return content if len(content) == size else b""
