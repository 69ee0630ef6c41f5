"""Opening a connection to one of several addresses: Happy Eyeballs (RFC 8305) on an event loop."""

from __future__ import annotations

import asyncio
import errno

from pymirage.net.deadline import FOREVER
from pymirage.net.happy_eyeballs import ATTEMPT_DELAY, Action, Cancel, HappyEyeballs, Stage, Start
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.handler import ConnectionHandler
from pymirage.sched.addresses import text_of
from pymirage.sched.alarm import Alarm
from pymirage.sched.tcp_transport import error_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymirage.net.tcp.failure import Failure
    from pymirage.sched.sides import Sides
    from pymirage.sched.stack import NetStack

NANOSECONDS = 1_000_000_000


class NoAddress(OSError):
    """No name gave an address: who asked knows why."""


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
    """Connects to the first that answers; `take_over(stack, connection)` is called at that very moment.

    delay: seconds between two attempts, in place of the standard's.
    """

    def __init__(
        self,
        sides: Sides,
        port: int,
        take_over: Callable[[NetStack, Connection], object],
        local: tuple[bytes, int] | None = None,
        delay: float | None = None,
    ) -> None:
        self._sides = sides
        self._loop = asyncio.get_running_loop()
        self._port = port
        self._take_over = take_over
        self._local = local or (b"", 0)
        attempt_delay = ATTEMPT_DELAY if delay is None else round(delay * NANOSECONDS)
        self._core = HappyEyeballs(attempt_delay=attempt_delay)
        self._found: list[bytes] = []
        self._answers: dict[int, list[bytes]] = {}
        self._runners: dict[bytes, tuple[NetStack, Connection]] = {}
        self._alarm = Alarm(self._ring)
        self._done: asyncio.Future[None] = self._loop.create_future()
        self.errors: list[OSError] = []

    async def run(self) -> None:
        """Until there is a winner. Raises what went wrong; NoAddress without any."""
        try:
            await self._done
        finally:
            self._end()

    def begin(self, addresses: list[bytes]) -> None:
        """All addresses are known, best first."""
        self._core.prefer(len(addresses[0]) == 16)
        now = self._now()
        # With the second answer the race starts, without waiting.
        actions = self._core.resolved_ipv4([one for one in addresses if len(one) == 4], now)
        actions += self._core.resolved_ipv6([one for one in addresses if len(one) == 16], now)
        self._carry_out(actions)

    def expect(self, versions: Iterable[int]) -> None:
        """Of which IP versions addresses are still to come, by `resolved`."""
        expected = tuple(versions)
        self._core.awaited6, self._core.awaited4 = 6 in expected, 4 in expected

    def resolved(self, version: int, addresses: list[bytes]) -> None:
        """One IP version's answer came, perhaps empty. Answers of one turn of the loop count as together."""
        if not self._answers:
            self._loop.call_soon(self._feed)
        self._answers[version] = addresses

    def _feed(self) -> None:
        """Tell the core, both versions sorted by RFC 6724 as far as they are known."""
        answers, self._answers = self._answers, {}
        if self._done.done():
            return
        for addresses in answers.values():
            self._found += addresses
        ordered = self._sides.in_order(self._found)
        if ordered:
            self._core.prefer(len(ordered[0]) == 16)
        actions: list[Action] = []
        # IPv4 first, which waits for IPv6 when that is still to come.
        if 4 in answers:
            actions += self._core.resolved_ipv4([one for one in ordered if one in answers[4]], self._now())
        if 6 in answers:
            actions += self._core.resolved_ipv6([one for one in ordered if one in answers[6]], self._now())
        self._carry_out(actions)

    def _now(self) -> int:
        return int(self._loop.time() * NANOSECONDS)

    def won(self, address: bytes, connection: Connection) -> None:
        """An attempt succeeded; the first one is taken, others are reset."""
        runner = self._runners.pop(address, None)
        self._carry_out(self._core.connected(address, self._now()))
        if runner is None or self._core.winner != address or self._done.done():
            connection.abort(self._now())
            return
        self._take_over(*runner)
        self._done.set_result(None)

    def failed(self, address: bytes, error: OSError) -> None:
        """An attempt failed; the next one starts at once."""
        self._runners.pop(address, None)
        said = f"{text_of(address)} port {self._port}: {error.strerror}"
        self.errors.append(type(error)(error.errno, said))
        self._carry_out(self._core.failed(address, self._now()))

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Start):
                self._start(action.address)
            elif isinstance(action, Cancel):
                self._abort(action.address)
        if self._core.stage is Stage.FAILED and not self._done.done():
            self._done.set_exception(_joined(self.errors))
        self._alarm.set(FOREVER if self._done.done() else self._core.deadline())

    def _start(self, address: bytes) -> None:
        local, local_port = self._local
        if local and len(local) != len(address):
            error = OSError(errno.EAFNOSUPPORT, "local and remote address are of different IP versions")
            self._loop.call_soon(self.failed, address, error)
            return
        stack = self._sides.towards(address, local)
        runner = Runner(self, address)
        connection = stack.host.tcp.connect(address, self._port, runner, stack.now(), local, local_port)
        if isinstance(connection, Connection):
            self._runners[address] = stack, connection
            stack.kick()
        else:
            self._loop.call_soon(self.failed, address, error_of(connection))

    def _abort(self, address: bytes) -> None:
        runner = self._runners.pop(address, None)
        if runner is not None:
            stack, connection = runner
            connection.abort(stack.now())
            stack.kick()

    def _ring(self, now: int) -> None:
        self._carry_out(self._core.expire(now))

    def _end(self) -> None:
        self._alarm.cancel()
        for address in list(self._runners):
            self._abort(address)


def _joined(errors: list[OSError]) -> OSError:
    """One error as it is, several as asyncio puts them; none: names gave no address."""
    if not errors:
        return NoAddress(errno.EHOSTUNREACH, "no address to connect to")
    if len(errors) == 1 or len({str(error) for error in errors}) == 1:
        return errors[0]
    return OSError(f"Multiple exceptions: {', '.join(map(str, errors))}")
