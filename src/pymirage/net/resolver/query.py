"""One question on its way through the servers: attempts, timeouts, TCP after truncation."""

from typing import Final, final

from pymirage.wire import dns
from pymirage.wire.dns import Message, Name, Question

SECOND: Final = 1_000_000_000
FIRST_TIMEOUT: Final = 3 * SECOND // 2
ROUNDS: Final = 3
"""Every server is asked so often, with timeouts that double each round: 10.5 seconds for one server."""
TCP_TIMEOUT: Final = 5 * SECOND


@final
class Attempt:
    """One datagram or connection. Its port and identifier were drawn for it alone (RFC 5452 §9.2)."""

    def __init__(self, number: int, server: bytes, port: int, identifier: int, extended: bool) -> None:
        self.number: Final = number
        self.server: Final = server
        self.port: Final = port
        """0 for TCP."""
        self.identifier: Final = identifier
        self.extended: Final = extended
        self.received: bytes = b""


@final
class Query:
    """A question, who waits for it, and what was tried."""

    def __init__(self, name: Name, kind: int, servers: tuple[bytes, ...]) -> None:
        self.asked: Final = name
        """What the users asked for; aliases lead away from it."""
        self.kind: Final = kind
        self.servers: Final = servers
        self.name: Name = name
        self.tokens: list[int] = []
        self.attempts: dict[int, Attempt] = {}
        self.tries: int = 0
        self.aliases: int = 0
        self.ttl: int = 1 << 31
        self.extended: bool = True
        self.deadline: int = 0

    def question(self) -> Question:
        return Question(self.name, self.kind)

    def next_server(self) -> bytes | None:
        """Servers in turn; None when all rounds are over."""
        if self.tries >= ROUNDS * len(self.servers):
            return None
        return self.servers[self.tries % len(self.servers)]

    def timeout(self) -> int:
        """Of the attempt that begins now."""
        return FIRST_TIMEOUT << (self.tries // max(len(self.servers), 1))

    def restart(self, target: Name, ttl: int) -> None:
        """Go on with the target of an alias."""
        self.name = target
        self.aliases += 1
        self.ttl = min(self.ttl, ttl)
        self.tries = 0

    def matches(self, attempt: Attempt, message: Message) -> bool:
        """Whether a message answers an attempt: RFC 5452 §9.1. A refusal may come without the question."""
        if (
            message.identifier != attempt.identifier
            or message.flags & (dns.RESPONSE | dns.OPCODE) != dns.RESPONSE
        ):
            return False
        if message.question is None:
            return message.code() in (dns.FORMAT_ERROR, dns.NOT_IMPLEMENTED)
        same = dns.lowered(message.question.name) == dns.lowered(self.name)
        return same and message.question.kind == self.kind
