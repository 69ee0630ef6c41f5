"""Attends a rehearsal: says what time it is, carries frames, and decides when it has been enough."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pymirage.tool.image.rehearsal.messages import (
    MOMENT,
    MOMENTS,
    STATUS,
    Broken,
    Kind,
    Message,
    received,
    send,
)
from pymirage.tool.image.rehearsal.visitor import Visitor

# Of the image's time: most that an image does before it serves, and a few turns of what it does every second.
LONG_ENOUGH = 5_000_000_000
# Of what it prints, the last octets.
SAID = 4096
# Who waits more often has something to do that is no start.
WAITS = 2000


@dataclass(slots=True)
class Rehearsal:
    """How one went."""

    visitor: Visitor
    console: bytes = b""
    status: int | None = None
    """Of an image that ended."""
    failed: bool = False
    started: int = 0
    waits: int = 0

    def told(self) -> str:
        """For the account of a build."""
        if self.failed:
            return "no start rehearsed: it took too long, or crashed"
        if self.visitor.is_served:
            return "a request rehearsed"
        if self.status:
            said = self.console.decode(errors="backslashreplace").strip().rpartition("\n")[2]
            # As every program does that wants an argument, or something on its disk.
            return f"start rehearsed, with nothing given to it: status {self.status}: {said[:120]}"
        return "start rehearsed"

    def answer(self, message: Message) -> tuple[Message, ...]:
        """To what the image says; only who waits gets one."""
        match message.kind:
            case Kind.PRINTS:
                self.console = (self.console + message.content)[-SAID:]
            case Kind.SENDS:
                self.visitor.receive(message.content, self.visitor.now)
            case Kind.ENDS:
                (self.status,) = STATUS.unpack(message.content)
            case Kind.FAILED:
                self.failed = True
            case Kind.WAITS:
                return self._wait(*MOMENTS.unpack(message.content))
        return ()

    def _wait(self, now: int, deadline: int) -> tuple[Message, ...]:
        self.started = self.started or now
        self.waits += 1
        moment = self.visitor.wait(now, deadline)
        late = moment > self.started + LONG_ENOUGH or self.waits > WAITS
        if late or (self.visitor.has_finished() and not self.visitor.frames):
            return (Message(Kind.STOP, b""),)
        frames = [Message(Kind.FRAME, frame) for frame in self.visitor.frames]
        self.visitor.frames.clear()
        return (*frames, Message(Kind.GO, MOMENT.pack(moment)))


def attend(channel: socket.socket, ports: Sequence[int]) -> Rehearsal | None:
    """All rehearsals until the image's end of `channel` is closed; gives the last. Servers are looked for at
    `ports`.
    """
    latest: Rehearsal | None = None
    try:
        for message in received(channel):
            if message.kind is Kind.STARTS:
                latest = Rehearsal(Visitor(ports))
            elif latest is not None and (answer := latest.answer(message)):
                send(channel, *answer)
    except (Broken, struct.error, OSError):
        # An image can be built without a rehearsal; this one's ends when the channel is closed.
        return latest
    return latest
