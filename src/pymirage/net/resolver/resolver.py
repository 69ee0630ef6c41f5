"""The stub resolver's core: questions in, events out (RFC 1034 §5.3.1, RFC 1123 §6.1.3, RFC 5452, RFC 7766).

The same question asked by several users is sent once. Everything is bounded: questions under way, users of
each, attempts, aliases, remembered answers.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, final

from pymirage.net.deadline import FOREVER
from pymirage.net.resolver.answer import Alias, Answer, Outcome, read
from pymirage.net.resolver.cache import Cache
from pymirage.net.resolver.events import AskTcp, ClosePort, CloseTcp, Event, Resolved, SendUdp
from pymirage.net.resolver.query import TCP_TIMEOUT, Attempt, Query
from pymirage.net.resolver.servers import Servers
from pymirage.octets import b16, u16
from pymirage.wire import dns
from pymirage.wire.dns import Message, Name
from pymirage.wire.drop import Drop

MAXIMUM_QUERIES: Final = 256
MAXIMUM_USERS: Final = 256
MAXIMUM_ALIASES: Final = 8
FIRST_PORT: Final = 1024


@final
class Resolver:
    """`random(n)` gives an unpredictable number from 0 to n - 1."""

    def __init__(self, random: Callable[[int], int]) -> None:
        self.random: Final = random
        self.servers: Final = Servers()
        self.cache: Final = Cache()
        self.hosts: dict[Name, tuple[bytes, ...]] = {
            (b"localhost",): (bytes(15) + b"\x01", b"\x7f\0\0\x01"),
        }
        """Names that need no server (RFC 6761 §6.3 for localhost)."""
        self._queries: dict[tuple[Name, int], Query] = {}
        self._ports: dict[int, Query] = {}
        self._tcp: dict[int, Query] = {}
        self._token = 0
        self._attempt = 0

    # -- users --

    def resolve(self, name: Name, kind: int, now: int) -> tuple[int, list[Event]]:
        """Ask; the token names the answer, which may be among the events already."""
        self._token += 1
        token = self._token
        key = dns.lowered(name)
        known = self._known(key, kind, now)
        if known is not None:
            return token, [Resolved(token, known)]
        query = self._queries.get((key, kind))
        if query is not None:
            if len(query.tokens) >= MAXIMUM_USERS:
                return token, [Resolved(token, Answer(Outcome.REFUSED))]
            query.tokens.append(token)
            return token, []
        if len(self._queries) >= MAXIMUM_QUERIES:
            return token, [Resolved(token, Answer(Outcome.REFUSED))]
        query = Query(key, kind, self.servers.in_order(now))
        query.tokens.append(token)
        self._queries[key, kind] = query
        return token, self._ask(query, now)

    def cancel(self, token: int) -> list[Event]:
        """A user lost interest; a question that nobody wants answered ends."""
        for query in list(self._queries.values()):
            if token in query.tokens:
                query.tokens.remove(token)
                return [] if query.tokens else self._drop(query)
        return []

    def _known(self, name: Name, kind: int, now: int) -> Answer | None:
        """What needs no question."""
        if name in self.hosts and kind in (dns.A, dns.AAAA):
            size = 4 if kind == dns.A else 16
            data = tuple(address for address in self.hosts[name] if len(address) == size)
            return Answer(Outcome.FOUND if data else Outcome.NO_DATA, data, ttl=1)
        if name[-1:] == (b"invalid",):
            # RFC 6761 §6.4.
            return Answer(Outcome.NO_NAME, ttl=1)
        return self.cache.get(name, kind, now)

    # -- what comes from the network --

    def receive_udp(self, port: int, source: bytes, payload: bytes, now: int) -> list[Event]:
        """A datagram came to a port of ours, from port 53 of `source`."""
        query = self._ports.get(port)
        if query is None:
            return []
        attempt = next((a for a in query.attempts.values() if a.port == port), None)
        if attempt is None or attempt.server != source:
            return []
        message = dns.parse(payload)
        if isinstance(message, Drop) or not query.matches(attempt, message):
            # Forged or damaged: the real answer may still come.
            return []
        if message.flags & dns.TRUNCATED:
            return self._close(query, attempt) + self._ask_tcp(query, attempt.server, now)
        return self._answered(query, attempt, message, now)

    def receive_tcp(self, number: int, data: bytes, now: int) -> list[Event]:
        """Octets came over a connection: a length, then a message (RFC 1035 §4.2.2)."""
        query = self._tcp.get(number)
        if query is None:
            return []
        attempt = query.attempts[number]
        attempt.received += data
        if len(attempt.received) < 2:
            return []
        end = 2 + u16(attempt.received, 0)
        if len(attempt.received) < end:
            return []
        message = dns.parse(attempt.received[2:end])
        if isinstance(message, Drop) or not query.matches(attempt, message):
            return self.tcp_failed(number, now)
        return self._answered(query, attempt, message, now)

    def tcp_failed(self, number: int, now: int) -> list[Event]:
        """A connection could not be opened, or ended early."""
        query = self._tcp.get(number)
        if query is None:
            return []
        attempt = query.attempts[number]
        return self._useless(query, attempt, now)

    def unreachable(self, port: int, now: int) -> list[Event]:
        """ICMP says that the server of this port does not listen, or cannot be reached."""
        query = self._ports.get(port)
        if query is None:
            return []
        attempt = next((a for a in query.attempts.values() if a.port == port), None)
        return [] if attempt is None else self._useless(query, attempt, now)

    # -- time --

    def deadline(self) -> int:
        """When `expire` wants to be called."""
        return min((query.deadline for query in self._queries.values()), default=FOREVER)

    def expire(self, now: int) -> list[Event]:
        """Go on with the next server where one did not answer in time."""
        events: list[Event] = []
        for query in list(self._queries.values()):
            if query.deadline <= now:
                for attempt in query.attempts.values():
                    self.servers.failed(attempt.server, now)
                events += self._ask(query, now)
        return events

    # -- steps --

    def _ask(self, query: Query, now: int) -> list[Event]:
        """The next attempt; earlier ones stay open, a late answer is an answer."""
        server = query.next_server()
        if server is None:
            return self._end(query, Answer(Outcome.FAILED), now)
        query.deadline = now + query.timeout()
        query.tries += 1
        port = self._free_port()
        attempt = self._attempt_at(query, server, port)
        self._ports[port] = query
        payload = dns.emit_query(attempt.identifier, query.question(), extended=query.extended)
        return [SendUdp(port, server, payload)]

    def _ask_tcp(self, query: Query, server: bytes, now: int) -> list[Event]:
        """The answer was too long for a datagram: RFC 7766 §5."""
        attempt = self._attempt_at(query, server, 0)
        self._tcp[attempt.number] = query
        query.deadline = now + TCP_TIMEOUT
        payload = dns.emit_query(attempt.identifier, query.question(), extended=query.extended)
        return [AskTcp(attempt.number, server, b16(len(payload)) + payload)]

    def _attempt_at(self, query: Query, server: bytes, port: int) -> Attempt:
        self._attempt += 1
        attempt = Attempt(self._attempt, server, port, self.random(1 << 16), query.extended)
        query.attempts[attempt.number] = attempt
        return attempt

    def _free_port(self) -> int:
        """Any port that no attempt uses; there are 64,512, and attempts are bounded far below."""
        while True:
            port = FIRST_PORT + self.random(0x10000 - FIRST_PORT)
            if port not in self._ports:
                return port

    def _answered(self, query: Query, attempt: Attempt, message: Message, now: int) -> list[Event]:
        """A server said something that is meant for us."""
        code = message.code()
        if code == dns.FORMAT_ERROR and attempt.extended:
            # Older than EDNS: ask the same server plainly (RFC 6891 §6.2.2).
            query.extended = False
            query.tries = max(query.tries - 1, 0)
            return self._close(query, attempt) + self._ask(query, now)
        if code not in (dns.NO_ERROR, dns.NAME_ERROR):
            return self._useless(query, attempt, now)
        self.servers.answered(attempt.server)
        answer = read(message, query.name, query.kind)
        if isinstance(answer, Alias):
            return self._follow(query, answer, now)
        return self._end(query, replace(answer, ttl=min(answer.ttl, query.ttl)), now)

    def _follow(self, query: Query, alias: Alias, now: int) -> list[Event]:
        """Ask for an alias's target, as far as a chain may lead."""
        if query.aliases >= MAXIMUM_ALIASES:
            return self._end(query, Answer(Outcome.FAILED), now)
        events = self._close_all(query)
        query.restart(alias.target, alias.ttl)
        known = self._known(alias.target, query.kind, now)
        if known is not None:
            return events + self._end(query, replace(known, ttl=min(known.ttl, query.ttl)), now)
        return events + self._ask(query, now)

    def _useless(self, query: Query, attempt: Attempt, now: int) -> list[Event]:
        """This server will not help with this question: the next one, at once."""
        self.servers.failed(attempt.server, now)
        events = self._close(query, attempt)
        # Others that are still under way may answer before their time is over.
        return events if query.attempts else events + self._ask(query, now)

    def _end(self, query: Query, answer: Answer, now: int) -> list[Event]:
        """Tell all users."""
        self.cache.put(query.asked, query.kind, answer, now)
        told: list[Event] = [Resolved(token, answer) for token in query.tokens]
        return self._drop(query) + told

    def _drop(self, query: Query) -> list[Event]:
        """Forget a question and close what it has open."""
        del self._queries[query.asked, query.kind]
        return self._close_all(query)

    def _close_all(self, query: Query) -> list[Event]:
        events: list[Event] = []
        for attempt in list(query.attempts.values()):
            events += self._close(query, attempt)
        return events

    def _close(self, query: Query, attempt: Attempt) -> list[Event]:
        del query.attempts[attempt.number]
        if attempt.port:
            del self._ports[attempt.port]
            return [ClosePort(attempt.port)]
        del self._tcp[attempt.number]
        return [CloseTcp(attempt.number)]
