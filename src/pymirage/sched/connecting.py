"""Opening a connection to a name: Happy Eyeballs (RFC 8305) on an event loop."""

from __future__ import annotations

import asyncio
import errno

from pymirage.net.happy_eyeballs import FOREVER, Action, Cancel, HappyEyeballs, Stage, Start
from pymirage.net.tcp.connection import Connection
from pymirage.sched.addresses import text_of
from pymirage.sched.tcp_transport import Events, TcpTransport, error_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pymirage.sched.stack import NetStack

NANOSECONDS = 1_000_000_000


class Attempt:
    """One address of the race: the transport exists, its protocol is only told when it wins."""

    def __init__(self, transport: TcpTransport, connection: Connection) -> None:
        self.transport = transport
        self.connection = connection


class Race:
    """Connects to the first of several addresses that answers."""

    def __init__(
        self,
        stack: NetStack,
        port: int,
        make_protocol: Callable[[], asyncio.BaseProtocol],
        local: tuple[bytes, int] | None,
    ) -> None:
        self._stack = stack
        self._port = port
        self._make_protocol = make_protocol
        self._local = local or (b"", 0)
        self._core = HappyEyeballs()
        self._attempts: dict[bytes, Attempt] = {}
        self._errors: list[OSError] = []
        self._timer: asyncio.TimerHandle | None = None
        self._done: asyncio.Future[TcpTransport] = stack.loop.create_future()

    async def run(self, addresses: list[bytes]) -> TcpTransport:
        """The transport of the winner, whose protocol has been told. Raises what went wrong when none won."""
        six = [address for address in addresses if len(address) == 16]
        four = [address for address in addresses if len(address) == 4]
        # Both answers are here: the race starts with what is preferred, without waiting for one.
        now = self._stack.now()
        actions = self._core.resolved_ipv6(six, now)
        self._carry_out(actions + self._core.resolved_ipv4(four, now))
        try:
            return await self._done
        finally:
            self._cancel_all()

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Start):
                self._start(action.address)
            elif isinstance(action, Cancel):
                attempt = self._attempts.pop(action.address, None)
                if attempt is not None:
                    attempt.connection.abort(self._stack.now())
        if self._core.stage is Stage.FAILED and not self._done.done():
            self._done.set_exception(_joined(self._errors))
        self._stack.kick()
        self._schedule()

    def _start(self, address: bytes) -> None:
        transport = TcpTransport(
            self._stack, asyncio.Protocol(), made=lambda error: self._made(address, error)
        )
        events = Events(transport)
        local, local_port = self._local
        if local and len(local) != len(address):
            error = OSError(errno.EAFNOSUPPORT, "local and remote address are of different IP versions")
            self._stack.loop.call_soon(self._made, address, error)
            return
        now = self._stack.now()
        connection = self._stack.host.tcp.connect(address, self._port, events, now, local, local_port)
        if isinstance(connection, Connection):
            self._attempts[address] = Attempt(transport, connection)
        else:
            self._stack.loop.call_soon(self._made, address, error_of(connection))

    def _made(self, address: bytes, error: OSError | None) -> None:
        """An attempt ended."""
        attempt = self._attempts.pop(address, None)
        now = self._stack.now()
        if error is not None:
            said = f"{text_of(address)} port {self._port}: {error.strerror}"
            self._errors.append(type(error)(error.errno, said))
            self._carry_out(self._core.failed(address, now))
            return
        self._carry_out(self._core.connected(address, now))
        if attempt is None or self._core.winner != address or self._done.done():
            if attempt is not None:
                attempt.connection.abort(now)
            return
        protocol = self._make_protocol()
        attempt.transport.set_protocol(protocol)
        protocol.connection_made(attempt.transport)
        self._done.set_result(attempt.transport)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._core.deadline()
        if deadline != FOREVER and not self._done.done():
            self._timer = self._stack.loop.call_at(deadline / NANOSECONDS, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._carry_out(self._core.expire(max(self._stack.now(), self._core.deadline())))

    def _cancel_all(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for attempt in self._attempts.values():
            attempt.connection.abort(self._stack.now())
        self._attempts.clear()
        self._stack.kick()


def _joined(errors: list[OSError]) -> OSError:
    """One error as it is, several as asyncio puts them."""
    if not errors:
        return OSError(errno.EHOSTUNREACH, "no address to connect to")
    if len(errors) == 1 or len({str(error) for error in errors}) == 1:
        return errors[0]
    return OSError(f"Multiple exceptions: {', '.join(map(str, errors))}")
