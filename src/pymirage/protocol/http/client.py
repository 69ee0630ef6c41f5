# pymirage: hot
"""The client's end of a connection, without I/O: RFC 9112.

    transport.write(connection.request("GET", "/", fields, b""))
    connection.receive(data)
    while event := connection.next_event(): …      Interim …, ResponseHead, Data …, End

One request at a time: the next when `reusable`. None is sent ahead, because what happened to those behind a
broken one cannot be known (RFC 9112 §9.3.2).
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.error import UsageError
from pymirage.protocol.http.chunked import emit_chunk, emit_last
from pymirage.protocol.http.events import NO_FIELDS, Closed, End, Interim, ResponseEvent, ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.framing import CHUNKED, UNTIL_CLOSE, of_response
from pymirage.protocol.http.head import parse_fields
from pymirage.protocol.http.known import Known
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.octet import TARGET, TOKEN, consists_of
from pymirage.protocol.http.reader import MORE, WRONG, Reader
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.server import UNKNOWN, persists
from pymirage.protocol.http.state import Receiving, Sending
from pymirage.protocol.http.status_line import StatusLine, parse_status_line
from pymirage.protocol.http.writer import LINE_END, add_fields, length_line, wants_close

WITH_CONTENT: Final = ("POST", "PUT", "PATCH")
"""Methods whose empty body is announced as well (RFC 9110 §8.6)."""


@final
class ClientConnection:
    """Our requests, and one server's responses."""

    def __init__(self, limits: Limits) -> None:
        self.reader: Final = Reader(limits, True)
        self.limits: Final = limits
        self.receiving = Receiving.DONE
        self.sending = Sending.IDLE
        self.closing = False
        """No further request can be sent on this connection."""
        self.method = ""
        self.left: i64 = 0
        """Of the request's body: octets or CHUNKED."""

    # -- sending --

    def request(self, method: str, target: str, fields: Fields, body: bytes) -> bytes:
        """A whole request, head and body in one."""
        head = self.begin(method, target, fields, len(body))
        self.left = 0
        self.sending = Sending.DONE
        return head + body

    def begin(self, method: str, target: str, fields: Fields, length: int) -> bytes:
        """Start line and fields, which must have `host`. length: of the body that follows, or UNKNOWN."""
        if not self.reusable():
            raise UsageError("this connection takes no request now")
        start = f"{method} {target}".encode("latin-1")
        name, _, place = start.partition(b" ")
        if not name or not place or not consists_of(TOKEN, name) or not consists_of(TARGET, place):
            raise UsageError(f"{method!r} {target!r}: a method and a percent-encoded target are needed")
        if "host" not in fields:
            raise UsageError("a request needs the field host")
        parts = [start, b" HTTP/1.1\r\n"]
        add_fields(parts, fields)
        self.left = CHUNKED if length == UNKNOWN else length
        if length != 0 or method in WITH_CONTENT:
            parts.append(length_line(CHUNKED if length == UNKNOWN else length))
        connection = fields.get("connection")
        if connection:
            parts.append(b"connection: " + connection.encode("latin-1") + LINE_END)
        parts.append(LINE_END)
        self.method = method
        self.closing = wants_close(fields)
        self.sending = Sending.BODY
        self.receiving = Receiving.HEAD
        return b"".join(parts)

    def send(self, data: bytes) -> bytes:
        """A piece of the body."""
        if self.sending is not Sending.BODY:
            raise UsageError("the request has not begun, or is complete")
        if self.left == CHUNKED:
            return emit_chunk(data)
        if len(data) > self.left:
            raise UsageError("the body is longer than was announced")
        self.left -= len(data)
        return data

    def end(self, trailers: Fields = NO_FIELDS) -> bytes:
        """The request is complete."""
        if self.sending is not Sending.BODY:
            raise UsageError("the request has not begun, or is complete")
        if self.left > 0:
            self.closing = True
            raise UsageError("the body is shorter than was announced")
        last = emit_last(trailers) if self.left == CHUNKED else b""
        self.sending = Sending.DONE
        self._end_cycle()
        return last

    # -- receiving --

    def receive(self, data: bytes) -> None:
        """Octets from the peer."""
        self.reader.receive(data)

    def receive_end(self) -> None:
        """The peer shut down its side."""
        self.reader.ended = True

    def next_event(self) -> ResponseEvent | None:
        """What came; None until there is more."""
        state = self.receiving
        if state is Receiving.HEAD:
            return self._next_head()
        if state is Receiving.BODY:
            return self._next_of_body()
        if state is Receiving.DONE:
            return self._between()
        return None

    def reusable(self) -> bool:
        """A request can be sent: there was none yet, or the last one's response is complete."""
        idle = self.sending is Sending.IDLE and self.receiving is Receiving.DONE
        return idle and not self.closing and not self.reader.ended and self.reader.buffered() == 0

    def switched(self) -> bool:
        """Both sides speak another protocol now."""
        return self.receiving is Receiving.SWITCHED

    def rest(self) -> bytes:
        """After a switch: what the server sent already in the other protocol."""
        return self.reader.rest()

    def _refuse(self, refusal: Refusal) -> Refusal:
        self.receiving = Receiving.REFUSED
        self.closing = True
        return refusal

    def _between(self) -> ResponseEvent | None:
        if self.reader.buffered() > 0:
            return self._refuse(Refusal.UNASKED)
        if not self.reader.ended:
            return None
        self.receiving = Receiving.ENDED
        return Closed()

    def _next_head(self) -> ResponseEvent | None:
        reader = self.reader
        end = reader.find_head()
        if end == WRONG:
            return self._refuse(reader.refusal)
        if end == MORE:
            return self._refuse(Refusal.INCOMPLETE) if reader.ended else None
        return self._head(reader.data, reader.at, end)

    def _head(self, data: bytes, start: i64, end: i64) -> ResponseEvent:
        """data[start:end] is the status line and the field lines."""
        line_end: i64 = data.find(LINE_END, start, end)
        line = parse_status_line(data, start, line_end, self.limits)
        if isinstance(line, Refusal):
            return self._refuse(line)
        fields = parse_fields(data, line_end + 2, end, self.limits)
        if isinstance(fields, Refusal):
            return self._refuse(fields)
        self.reader.at = end + 2
        self.reader.scanned = 0
        if line.status == 101:
            self.receiving = Receiving.SWITCHED
            self.sending = Sending.SWITCHED
            return ResponseHead(101, line.reason, line.version, fields, 0)
        if line.status < 200:
            return Interim(line.status, fields)
        return self._final(line, fields)

    def _final(self, line: StatusLine, fields: Fields) -> ResponseEvent:
        known = Known(fields)
        length = of_response(self.method, line.status, line.version, known)
        if isinstance(length, Refusal):
            return self._refuse(length)
        refusal = self.reader.begin_body(length)
        if refusal is not None:
            return self._refuse(refusal)
        if length == UNTIL_CLOSE or not persists(line.version, known):
            self.closing = True
        self.receiving = Receiving.BODY
        if self.method == "CONNECT" and line.status < 300:
            self.receiving = Receiving.SWITCHED
            self.sending = Sending.SWITCHED
        return ResponseHead(line.status, line.reason, line.version, fields, length)

    def _next_of_body(self) -> ResponseEvent | None:
        event = self.reader.next_of_body()
        if isinstance(event, Refusal):
            return self._refuse(event)
        if isinstance(event, End):
            self.receiving = Receiving.DONE
            self._end_cycle()
        return event

    def _end_cycle(self) -> None:
        """Both directions are done. A response before the end of its request spoils the connection."""
        if self.receiving is Receiving.DONE:
            if self.sending is Sending.DONE:
                self.sending = Sending.IDLE
            else:
                self.closing = True
