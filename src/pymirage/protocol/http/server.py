# pymirage: hot
"""The server's end of a connection, without I/O: RFC 9112, and RFC 9110 where it says what servers do.

    connection.receive(data)                       octets came
    while event := connection.next_event(): …      what they mean; None: wait for more, or answer first
    transport.write(connection.respond(…))         octets to send

Requests that were sent ahead (pipelining, RFC 9112 §9.3.2) wait inside, one is given at a time: the next when
the response to the last is complete.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.error import UsageError
from pymirage.protocol.http.chunked import emit_chunk, emit_last
from pymirage.protocol.http.events import NO_FIELDS, Closed, End, RequestEvent, RequestHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.framing import CHUNKED, UNTIL_CLOSE, of_request, parse_length
from pymirage.protocol.http.head import parse_fields
from pymirage.protocol.http.host import is_host
from pymirage.protocol.http.known import Known, lists
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.reader import MORE, WRONG, Reader
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.request_line import HTTP10, HTTP11, RequestLine, parse_request_line
from pymirage.protocol.http.state import Receiving, Sending
from pymirage.protocol.http.status import has_no_content, status_line
from pymirage.protocol.http.writer import (
    CLOSE,
    CONTINUE,
    KEEP_ALIVE,
    LINE_END,
    UPGRADE,
    add_fields,
    length_line,
    wants_close,
)

UNKNOWN: Final = -1
"""Length of a body that is known only at its end."""


@final
class ServerConnection:
    """One client's requests, and our responses."""

    def __init__(self, limits: Limits) -> None:
        self.reader: Final = Reader(limits, False)
        self.limits: Final = limits
        self.receiving = Receiving.HEAD
        self.sending = Sending.IDLE
        self.closing = False
        """No further request is read on this connection."""
        self.continue_owed = False
        """The client waits for a 100 before it sends the body (RFC 9110 §10.1.1)."""
        self.version: i64 = HTTP11
        self.method = ""
        self.left: i64 = 0
        """Of the response's body: octets, CHUNKED or UNTIL_CLOSE."""
        self.silent = False
        """The response has no body, whatever it says about one."""

    # -- receiving --

    def receive(self, data: bytes) -> None:
        """Octets from the peer."""
        self.reader.receive(data)

    def receive_end(self) -> None:
        """The peer shut down its side."""
        self.reader.ended = True

    def buffered(self) -> i64:
        """Octets received that no event spoke of yet."""
        return self.reader.buffered()

    def next_event(self) -> RequestEvent | None:
        """What came; None until there is more, or until the response is complete."""
        state = self.receiving
        if state is Receiving.HEAD:
            return self._next_head()
        if state is Receiving.BODY:
            return self._next_of_body()
        return None

    def reading_body(self) -> bool:
        """There is more of the request's body."""
        return self.receiving is Receiving.BODY

    def owes_response(self) -> bool:
        """A request was read whose response has not begun."""
        return self.sending is Sending.OWED

    def finished(self) -> bool:
        """Everything owed was sent, and nothing more will be read: time to close."""
        return self.sending is Sending.CLOSED

    def switched(self) -> bool:
        """Both sides speak another protocol now."""
        return self.sending is Sending.SWITCHED

    def _refuse(self, refusal: Refusal) -> Refusal:
        self.give_up()
        return refusal

    def _next_head(self) -> RequestEvent | None:
        reader = self.reader
        reader.skip_empty_line()
        end = reader.find_head()
        if end == WRONG:
            return self._refuse(reader.refusal)
        if end == MORE:
            if not reader.ended:
                return None
            if reader.buffered() > 0:
                return self._refuse(Refusal.INCOMPLETE)
            self.receiving = Receiving.ENDED
            self.sending = Sending.CLOSED
            return Closed()
        return self._head(reader.data, reader.at, end)

    def _head(self, data: bytes, start: i64, end: i64) -> RequestEvent:
        """data[start:end] is the request line and the field lines."""
        line_end: i64 = data.find(LINE_END, start, end)
        line = parse_request_line(data, start, line_end, self.limits)
        if isinstance(line, Refusal):
            return self._refuse(line)
        self.method = line.method
        self.version = line.version
        fields = parse_fields(data, line_end + 2, end, self.limits)
        if isinstance(fields, Refusal):
            return self._refuse(fields)
        known = Known(fields)
        refusal = check_host(line, known)
        if refusal is not None:
            return self._refuse(refusal)
        length = of_request(line.method, line.version, known)
        if isinstance(length, Refusal):
            return self._refuse(length)
        refusal = self.reader.begin_body(length)
        if refusal is not None:
            return self._refuse(refusal)
        if known.expect and line.version != HTTP10:
            if known.expect.lower() != b"100-continue":
                return self._refuse(Refusal.EXPECTATION)
            self.continue_owed = length != 0
        self.reader.at = end + 2
        self.closing = not persists(line.version, known)
        self.receiving = Receiving.DONE if length == 0 else Receiving.BODY
        self.sending = Sending.OWED
        return RequestHead(
            line.method,
            line.target,
            line.version,
            fields,
            length,
            (line.authority or known.host).decode("ascii"),
            self.continue_owed,
            offered_upgrade(line.version, known),
        )

    def _next_of_body(self) -> RequestEvent | None:
        event = self.reader.next_of_body()
        if event is None:
            return None
        # Who sends the body waits for nothing any more.
        self.continue_owed = False
        if isinstance(event, End):
            self.receiving = Receiving.DONE
            self._end_cycle()
        elif isinstance(event, Refusal):
            return self._refuse(event)
        return event

    def _end_cycle(self) -> None:
        """Both directions are done: the next request, or the end."""
        if self.sending is not Sending.DONE:
            return
        if self.closing:
            self.sending = Sending.CLOSED
        elif self.receiving is Receiving.DONE:
            self.receiving = Receiving.HEAD
            self.sending = Sending.IDLE

    # -- sending --

    def go_on(self) -> bytes:
        """What a client that expects it waits for (RFC 9110 §10.1.1); nothing for others."""
        if not self.continue_owed or self.sending is not Sending.OWED:
            return b""
        self.continue_owed = False
        return CONTINUE

    def inform(self, status: int, fields: Fields) -> bytes:
        """An interim response, as 103 (RFC 8297); nothing for HTTP/1.0, which knows none."""
        if self.sending is not Sending.OWED or not 102 <= status < 200:
            raise UsageError(f"{status} cannot be sent now as an interim response")
        if self.version == HTTP10:
            return b""
        parts = [status_line(status)]
        add_fields(parts, fields)
        parts.append(LINE_END)
        return b"".join(parts)

    def respond(self, status: int, fields: Fields, body: bytes, extra: bytes = b"") -> bytes:
        """A whole response, head and body in one."""
        head = self.begin(status, fields, len(body), extra)
        if self.sending is not Sending.BODY:
            return head
        self.left = 0
        self._done()
        return head if self.silent else head + body

    def begin(self, status: int, fields: Fields, length: int, extra: bytes = b"") -> bytes:
        """Start line and fields. length: of the body that follows, or UNKNOWN. extra: a Date line.

        The date is left out when `fields` have their own. Where a response is about a body that it has not
        (HEAD, 304), the content-length in `fields` stands.
        """
        if self.sending is not Sending.OWED:
            raise UsageError("no response is owed: it was sent, or there was no request")
        if status == 101 or (self.method == "CONNECT" and 200 <= status < 300):
            return self._switch(status, fields)
        if not 200 <= status <= 999:
            raise UsageError(f"{status} is no status of a final response")
        if self.continue_owed or wants_close(fields):
            # RFC 9110 §10.1.1: whether the body comes nobody knows, so nothing can follow it.
            self.closing = True
        self.silent = self.method == "HEAD" or has_no_content(status)
        line = self._framing(status, fields, length)
        parts = [status_line(status)]
        if not add_fields(parts, fields):
            parts.append(extra)
        parts.append(line)
        if self.closing:
            parts.append(CLOSE)
        elif self.version == HTTP10:
            parts.append(KEEP_ALIVE)
        parts.append(LINE_END)
        self.sending = Sending.BODY
        return b"".join(parts)

    def send(self, data: bytes) -> bytes:
        """A piece of the body."""
        if self.sending is not Sending.BODY:
            raise UsageError("the response has not begun, or is complete")
        if self.silent:
            return b""
        if self.left == CHUNKED:
            return emit_chunk(data)
        if self.left >= 0:
            if len(data) > self.left:
                raise UsageError("the body is longer than its content-length")
            self.left -= len(data)
        return data

    def end(self, trailers: Fields = NO_FIELDS) -> bytes:
        """The body is complete. Trailers are sent where the body is chunked."""
        if self.sending is not Sending.BODY:
            raise UsageError("the response has not begun, or is complete")
        if self.left > 0 and not self.silent:
            self.abandon()
            raise UsageError("the body is shorter than its content-length")
        last = emit_last(trailers) if self.left == CHUNKED and not self.silent else b""
        self._done()
        return last

    def abandon(self) -> None:
        """The response cannot be completed: the connection must be cut, so that the client knows."""
        self.closing = True
        self.sending = Sending.CLOSED

    def refuse(self, status: int, fields: Fields, body: bytes, extra: bytes = b"") -> bytes:
        """A response to what is no request, or will be none; the last one. Nothing if one has begun."""
        self.closing = True
        if self.sending is Sending.IDLE:
            self.sending = Sending.OWED
        if self.sending is not Sending.OWED:
            self.abandon()
            return b""
        return self.respond(status, fields, body, extra)

    def stop(self) -> None:
        """No request after the one that is being answered; at once when there is none."""
        self.closing = True
        if self.sending is Sending.IDLE:
            self.sending = Sending.CLOSED

    def give_up(self) -> None:
        """Nothing more is read, also not of the present request; it may still be answered."""
        self.receiving = Receiving.REFUSED
        self.closing = True
        if self.sending is Sending.IDLE:
            self.sending = Sending.OWED
        elif self.sending is Sending.DONE:
            self.sending = Sending.CLOSED

    def rest(self) -> bytes:
        """After a switch: what the client sent already in the other protocol."""
        return self.reader.rest()

    def _framing(self, status: int, fields: Fields, length: int) -> bytes:
        """How the body is delimited (RFC 9112 §6.2, §6.3), and the line that says so."""
        if status == 204:
            return b""
        if self.silent:
            self.left = 0
            given = fields.find(b"content-length")
            announced = None if given is None else parse_length(given)
            if announced is not None and not isinstance(announced, Refusal):
                return length_line(announced)
            return length_line(length) if length > 0 or (length == 0 and status != 304) else b""
        if length == UNKNOWN:
            length = UNTIL_CLOSE if self.version == HTTP10 else CHUNKED
        self.left = length
        if length == UNTIL_CLOSE:
            self.closing = True
        return length_line(length)

    def _switch(self, status: int, fields: Fields) -> bytes:
        """RFC 9110 §7.8 (101) and §9.3.6 (CONNECT)."""
        if self.receiving is not Receiving.DONE:
            raise UsageError("the request's body must be read before protocols are switched")
        parts = [status_line(status)]
        add_fields(parts, fields)
        if status == 101:
            parts.append(UPGRADE)
        parts.append(LINE_END)
        self.sending = Sending.SWITCHED
        self.receiving = Receiving.SWITCHED
        return b"".join(parts)

    def _done(self) -> None:
        self.sending = Sending.DONE
        self._end_cycle()


def check_host(line: RequestLine, known: Known) -> Refusal | None:
    """RFC 9112 §3.2: HTTP/1.1 has exactly one Host; and it says what the target says.

    (§3.2.2 has the target win over a Host that differs; whoever stands before us may think otherwise.)
    """
    if known.hosts > 1:
        return Refusal.HOST_TWICE
    if known.hosts == 0:
        return None if line.version == HTTP10 else Refusal.HOST_MISSING
    if not is_host(known.host):
        return Refusal.HOST
    if line.authority and line.authority.lower() != known.host.lower():
        return Refusal.HOST_TARGET
    return None


def offered_upgrade(version: int, known: Known) -> str:
    """RFC 9110 §7.8: Upgrade counts when Connection names it, and never in HTTP/1.0."""
    if version == HTTP10 or not known.upgrade or not lists(known.connection, b"upgrade"):
        return ""
    return known.upgrade.decode("latin-1")


def persists(version: int, known: Known) -> bool:
    """RFC 9112 §9.3: HTTP/1.1 goes on unless told otherwise, HTTP/1.0 only when asked."""
    if lists(known.connection, b"close"):
        return False
    return version != HTTP10 or lists(known.connection, b"keep-alive")
