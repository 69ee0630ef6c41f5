"""Opening a connection to one of several addresses: Happy Eyeballs (RFC 8305) on an event loop."""

from __future__ import annotations

import errno

from pymirage.net.happy_eyeballs import FOREVER, Action, Cancel, HappyEyeballs, Stage, Start
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.handler import ConnectionHandler
from pymirage.sched.addresses import text_of
from pymirage.sched.tcp_transport import error_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from pymirage.net.tcp.failure import Failure
    from pymirage.sched.stack import NetStack

NANOSECONDS = 1_000_000_000


class Runner(ConnectionHandler):
    """One connection in the race, until it wins."""

    def __init__(self, race: Race, address: bytes) -> None:
        self.race = race
        self.address = address

    def on_connected(self, connection: Connection) -> None:
        self.race.won(self.address, connection)

    def on_readable(self, connection: Connection) -> None:
        """Whoever takes the winner over reads what came."""

    def on_writable(self, connection: Connection) -> None:
        """Nothing was written."""

    def on_closed(self, connection: Connection) -> None:  # noqa: ARG002
        self.race.failed(self.address, ConnectionAbortedError(errno.ECONNABORTED, "closed at once"))

    def on_error(self, connection: Connection, failure: Failure) -> None:  # noqa: ARG002
        self.race.failed(self.address, error_of(failure))


class Race:
    """Connects to the first that answers; `take_over(connection)` is called at that very moment."""

    def __init__(
        self,
        stack: NetStack,
        port: int,
        take_over: Callable[[Connection], object],
        local: tuple[bytes, int] | None = None,
    ) -> None:
        self._stack = stack
        self._port = port
        self._take_over = take_over
        self._local = local or (b"", 0)
        self._core = HappyEyeballs()
        self._runners: dict[bytes, Connection] = {}
        self._errors: list[OSError] = []
        self._timer: asyncio.TimerHandle | None = None
        self._done: asyncio.Future[None] = stack.loop.create_future()

    async def run(self, addresses: list[bytes]) -> None:
        """Until there is a winner; addresses come in order of preference. Raises what went wrong."""
        self._core = HappyEyeballs(prefer_ipv6=len(addresses[0]) == 16)
        six = [address for address in addresses if len(address) == 16]
        four = [address for address in addresses if len(address) == 4]
        # Both answers are here: with the second the race starts, without waiting.
        now = self._stack.now()
        actions = self._core.resolved_ipv4(four, now)
        self._carry_out(actions + self._core.resolved_ipv6(six, now))
        try:
            await self._done
        finally:
            self._end()

    def won(self, address: bytes, connection: Connection) -> None:
        """An attempt succeeded; the first one is taken, others are reset."""
        self._runners.pop(address, None)
        self._carry_out(self._core.connected(address, self._stack.now()))
        if self._core.winner != address or self._done.done():
            connection.abort(self._stack.now())
            return
        self._take_over(connection)
        self._done.set_result(None)

    def failed(self, address: bytes, error: OSError) -> None:
        """An attempt failed; the next one starts at once."""
        self._runners.pop(address, None)
        said = f"{text_of(address)} port {self._port}: {error.strerror}"
        self._errors.append(type(error)(error.errno, said))
        self._carry_out(self._core.failed(address, self._stack.now()))

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Start):
                self._start(action.address)
            elif isinstance(action, Cancel):
                self._abort(action.address)
        if self._core.stage is Stage.FAILED and not self._done.done():
            self._done.set_exception(_joined(self._errors))
        self._stack.kick()
        self._schedule()

    def _start(self, address: bytes) -> None:
        local, local_port = self._local
        if local and len(local) != len(address):
            error = OSError(errno.EAFNOSUPPORT, "local and remote address are of different IP versions")
            self._stack.loop.call_soon(self.failed, address, error)
            return
        now = self._stack.now()
        runner = Runner(self, address)
        connection = self._stack.host.tcp.connect(address, self._port, runner, now, local, local_port)
        if isinstance(connection, Connection):
            self._runners[address] = connection
        else:
            self._stack.loop.call_soon(self.failed, address, error_of(connection))

    def _abort(self, address: bytes) -> None:
        connection = self._runners.pop(address, None)
        if connection is not None:
            connection.abort(self._stack.now())

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

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for address in list(self._runners):
            self._abort(address)
        self._stack.kick()


def _joined(errors: list[OSError]) -> OSError:
    """One error as it is, several as asyncio puts them."""
    if not errors:
        return OSError(errno.EHOSTUNREACH, "no address to connect to")
    if len(errors) == 1 or len({str(error) for error in errors}) == 1:
        return errors[0]
    return OSError(f"Multiple exceptions: {', '.join(map(str, errors))}")
