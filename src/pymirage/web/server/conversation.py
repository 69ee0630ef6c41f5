# pymirage: hot
"""One client's connection: requests in, responses out, over any transport of asyncio's kind.

A handler that answers at once is answered for in the call that brought its request: no task, no future, no
timer, and all that can be answered leaves in one write. Whoever waits gets a task.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final, final

from mypy_extensions import i64

from pymirage.device.flow import Flow
from pymirage.protocol.http.events import Data, End, RequestHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.server import ServerConnection
from pymirage.web.message import Incoming, Nothing, Request, Response, Takeover
from pymirage.web.server.answer import answer
from pymirage.web.server.bodies import PIECE
from pymirage.web.server.ends import Ends
from pymirage.web.server.output import HIGH_WATER, Output
from pymirage.web.server.patience import Patience, Wait
from pymirage.web.server.served import Served
from pymirage.web.server.service import Service
from pymirage.web.server.upload import Upload

NOTHING: Final = Nothing()
PLAIN: Final = Fields([(b"content-type", b"text/plain; charset=utf-8")])
RETRY: Final = Fields([(b"retry-after", b"1")])

log: Final = logging.getLogger(__name__)


@final
class Conversation(Served):
    """A protocol in asyncio's sense (it needs no base class for that, and compiled code can have none)."""

    def __init__(self, service: Service, scheme: str = "http") -> None:
        self.service: Final = service
        self.scheme: Final = scheme
        self.core: Final = ServerConnection(service.limits)
        self.output: Final = Output(service.counters)
        self.patience: Final[Patience] = service.patience()
        self.transport: Any = None
        self.ends: Ends | None = None
        self.task: Any = None
        """Prepares or sends the response that is owed."""
        self.upload: Upload | None = None
        """The present request's body, until its response is complete."""
        self.takeover: Takeover | None = None
        """Speaks another protocol on this connection now."""
        self.refusal: Refusal | None = None
        self.held = False
        """We read nothing from the transport now."""
        self.advancing = False
        self.lingering = False
        """All is said; the client is heard out for a moment."""

    # -- asyncio.Protocol --

    def connection_made(self, transport: Any) -> None:
        self.transport = self.output.transport = transport
        self.ends = Ends(transport)
        if not self.service.enter(self):
            self.output.add(self.core.refuse(503, RETRY, b"", self.service.date_line()))
            self.output.flush()
            self.output.close()
            transport.close()

    def data_received(self, data: bytes) -> None:
        service = self.service
        service.counters.received += len(data)
        if self.lingering:
            self.patience.octets += len(data)
            if self.patience.octets > service.drain:
                self.transport.abort()
        elif not self.output.closed:
            if self._between():
                self.patience.begin(service.tick)
            self.core.receive(data)
            self._advance()

    def eof_received(self) -> bool:
        """The client may have shut down its side only, and wait for its response."""
        if self.lingering or self.output.closed:
            return False
        self.core.receive_end()
        self._advance()
        return not self.core.finished()

    def connection_lost(self, exc: object) -> None:  # noqa: ARG002
        if self.task is not None or self.core.buffered() > 0:
            self.service.counters.broken += 1
        self._leave()
        if self.task is not None:
            self.task.cancel()

    def pause_writing(self) -> None:
        self.output.pause()

    def resume_writing(self) -> None:
        if self.output.awaited():
            self.output.resume()
        else:
            self.output.resume()
            self._advance()

    # -- requests --

    def _advance(self) -> None:
        """Do what can be done now, and write what has come of it."""
        output = self.output
        if self.advancing or output.closed:
            return
        self.advancing = True
        requests: i64 = 0
        while not output.full and not self.lingering:
            event = self.core.next_event()
            if event is None:
                break
            if isinstance(event, RequestHead):
                self._begin(event)
                requests += 1
                if requests == self.service.pipelined or output.size >= HIGH_WATER:
                    # Others want their turn as well.
                    output.flush()
                    asyncio.get_running_loop().call_soon(self._advance)
                    break
            elif isinstance(event, Data):
                self._body(event.data)
            elif isinstance(event, End):
                if self.upload is not None:
                    self.upload.end(event.trailers)
            elif isinstance(event, Refusal):
                self._refused(event)
        self.advancing = False
        if output.size > 0:
            output.flush()
        self.settle()

    def _begin(self, head: RequestHead) -> None:
        """A request has come: answer it, or have it answered."""
        service = self.service
        service.counters.requests += 1
        body: Incoming = NOTHING
        if head.length != 0:
            self.upload = body = Upload(self)
            self.patience.begin(service.tick)
        ends = self.ends
        assert ends is not None
        request = Request(
            head.method,
            head.target,
            head.fields,
            body,
            ends.peer(),
            self.scheme,
            head.version,
            ends,
            head.upgrade,
        )
        promised: Response | Awaitable[Response]
        try:
            promised = service.handler.respond(request)
        except Exception:
            promised = self.failed(request)
        if isinstance(promised, Response):
            content = promised.body
            if isinstance(content, bytes) and len(content) <= PIECE:
                self.respond(request, promised, content)
                return
        service.counters.requests_active += 1
        self.task = asyncio.get_running_loop().create_task(answer(self, request, promised))

    def respond(self, request: Request, response: Response, content: bytes) -> None:
        """The whole response. One that cannot be sent becomes a 500: nothing of it has left."""
        date = self.service.date_line()
        try:
            data = self.core.respond(response.status, response.fields, content, date)
        except Exception:
            response = self.failed(request)
            data = self.core.respond(response.status, response.fields, b"", date)
        self.output.add(data)
        self.responded(request, response.status, len(content))

    def responded(self, request: Request, status: int, size: i64) -> None:
        """The response is complete."""
        service = self.service
        service.counters.responses[status // 100] += 1
        if service.access is not None:
            service.access.record(request, status, int(size))
        self.patience.begin(service.tick)
        if self.upload is not None:
            self.upload.fail("the response to this request was sent already")
            self.upload = None
        if self.ends is not None:
            self.ends.closed()

    def answered(self) -> None:
        """The task is done."""
        self.task = None
        self.service.counters.requests_active -= 1
        if self.core.switched():
            self._leave()
        else:
            self._advance()

    def failed(self, request: Request) -> Response:
        """The handler raised: what is said of it."""
        log.exception("%s %s failed", request.method, request.target)
        self.service.counters.failures += 1
        return Response(500, PLAIN, b"500: the server failed to answer this request\n")

    def hand_over(self, takeover: Takeover) -> Flow:
        """The transport as a flow, for another protocol."""
        from pymirage.sched.stream_flow import StreamFlow

        self.takeover = takeover
        flow = StreamFlow()
        flow.connection_made(self.transport)
        self.transport.set_protocol(flow)
        if self.held:
            self.transport.resume_reading()
        rest = self.core.rest()
        if rest:
            flow.data_received(rest)
        if self.core.reader.ended:
            flow.eof_received()
        return flow

    # -- bodies of requests --

    def _body(self, data: bytes) -> None:
        self.patience.octets += len(data)
        if self.upload is not None:
            self.upload.put(data)
        elif self.patience.octets > self.service.drain:
            # Nobody wants it, and it is too much to be waited for.
            self.core.give_up()
            self._refused(Refusal.BODY_SIZE)

    def wants_body(self) -> None:
        """The handler reads: the client that asked whether it may send may."""
        go_on = self.core.go_on()
        if go_on:
            self.output.queue(go_on)
            self.patience.begin(self.service.tick)

    # -- the end --

    def _refused(self, refusal: Refusal) -> None:
        """The client broke the protocol."""
        self.refusal = refusal
        self.service.counters.count_refusal(refusal)
        if self.upload is not None:
            self.upload.fail(refusal.reason())
        if self.task is None:
            self.tell_off(refusal)

    def tell_off(self, refusal: Refusal) -> None:
        """Say what was wrong; nothing more is read."""
        service = self.service
        status = refusal.status()
        text = f"{status}: {refusal.reason()}\n".encode("ascii")
        data = self.core.refuse(status, PLAIN, text, service.date_line())
        if data:
            self.output.add(data)
            service.counters.responses[status // 100] += 1
            if service.access is not None and self.ends is not None:
                service.access.refused(self.ends.peer(), status, len(text))

    def settle(self) -> None:
        """Close when all is said; read as much as is wanted."""
        if self.output.closed or self.lingering:
            return
        core = self.core
        if core.finished() and self.task is None:
            self.output.flush()
            self._close()
            return
        upload = self.upload
        waiting = core.buffered() if upload is None else core.buffered() + upload.size
        if self.held:
            if waiting < HIGH_WATER // 2:
                self.held = False
                self.transport.resume_reading()
        elif waiting >= HIGH_WATER:
            self.held = True
            self.transport.pause_reading()

    def _close(self) -> None:
        """At once when the client sends nothing more; else it must be heard out.

        Closing with octets unread makes TCP send a reset, which can overtake the response that explains it
        (RFC 9112 §9.6).
        """
        core, transport = self.core, self.transport
        quiet = self.refusal is None and not core.reading_body() and core.buffered() == 0
        if quiet or core.reader.ended or not transport.can_write_eof():
            transport.close()
            return
        self.lingering = True
        self.patience.begin(self.service.tick)
        transport.write_eof()
        if self.held:
            self.held = False
            transport.resume_reading()

    def _leave(self) -> None:
        """This conversation is over, as far as the server is concerned."""
        self.output.close()
        if self.ends is not None:
            self.ends.lost()
        if self.upload is not None:
            self.upload.fail("the client has gone")
        self.service.leave(self)

    def idles(self) -> bool:
        return self._between() and not self.core.finished() and not self.lingering

    def stop(self) -> None:
        if self.takeover is not None:
            self.takeover.stop()
        elif not self.output.closed and not self.lingering:
            self.core.stop()
            self.settle()

    def abort(self) -> None:
        if self.takeover is None:
            self.core.abandon()
        self.transport.abort()

    # -- once a second --

    def look(self, tick: i64) -> None:
        if self.core.switched() or self.output.closed:
            return
        waiting: i64 = self.transport.get_write_buffer_size()
        if self.patience.stalls(self.output.written - waiting, waiting, tick):
            self.service.counters.count_timeout("send")
            self.abort()
            return
        wait = self._waits_for()
        if waiting > 0 or self.transport.is_closing() or not self.patience.ends(wait, tick):
            return
        if wait is Wait.LINGER:
            self.transport.abort()
        elif wait is Wait.IDLE or wait is Wait.FIRST:
            self.service.counters.count_timeout("idle")
            self.stop()
        else:
            # RFC 9110 §15.5.9
            self.service.counters.count_timeout("head" if wait is Wait.HEAD else "body")
            self.core.give_up()
            self._refused(Refusal.TIMEOUT)
            self.output.flush()
            self.settle()

    def _waits_for(self) -> Wait:
        """What the client should do next."""
        if self.lingering:
            return Wait.LINGER
        if self.core.reading_body():
            return Wait.NOTHING if self.held or self.core.continue_owed else Wait.BODY
        if self.core.owes_response() or self.task is not None:
            return Wait.NOTHING
        if self.core.buffered() > 0:
            return Wait.HEAD
        return Wait.FIRST if self.output.written == 0 else Wait.IDLE

    def _between(self) -> bool:
        """Nothing of a request has come."""
        core = self.core
        return (
            self.task is None
            and core.buffered() == 0
            and not core.owes_response()
            and not core.reading_body()
        )
