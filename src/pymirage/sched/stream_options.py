"""The socket options of a TCP connection, or of the connections that a listener will take."""

from __future__ import annotations

from pymirage.net.tcp.keepalive import Keepalive
from pymirage.sched import socket_options as option
from pymirage.sched.socket_options import no_option, number_of, ranged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


class StreamOptions:
    """Begins as asyncio's streams do: without delay (no Nagle's algorithm), and without keepalive."""

    def __init__(self) -> None:
        self.no_delay = True
        self.keepalive = False
        # Linux's units: seconds, and milliseconds.
        self.keepalive_idle = 7200
        self.keepalive_interval = 75
        self.keepalive_probes = 9
        self.user_time_out = 0

    def copy(self) -> StreamOptions:
        """For an accepted connection: changes to it stay its own."""
        made = StreamOptions()
        made.__dict__.update(self.__dict__)
        return made

    def set(self, level: int, name: int, value: int | bytes) -> None:
        """Raises OSError for an option that there is not, or a value that it cannot have."""
        value = number_of(value)
        match (level, name):
            case (option.SOL_SOCKET, option.SO_KEEPALIVE):
                self.keepalive = value != 0
            case (option.IPPROTO_TCP, option.TCP_NODELAY):
                self.no_delay = value != 0
            case (option.IPPROTO_TCP, option.TCP_KEEPIDLE):
                self.keepalive_idle = ranged(value, 1, 32767)
            case (option.IPPROTO_TCP, option.TCP_KEEPINTVL):
                self.keepalive_interval = ranged(value, 1, 32767)
            case (option.IPPROTO_TCP, option.TCP_KEEPCNT):
                self.keepalive_probes = ranged(value, 1, 127)
            case (option.IPPROTO_TCP, option.TCP_USER_TIMEOUT):
                self.user_time_out = ranged(value, 0, 0x7FFF_FFFF)
            case (option.IPPROTO_TCP, option.TCP_QUICKACK):
                """A hint: acknowledgments are delayed by 40 ms at most."""
            case _ if level == option.SOL_SOCKET and name in option.HINTS:
                """As it is."""
            case _:
                raise no_option(level, name)

    def get(self, level: int, name: int) -> int:
        """Raises OSError for an option that there is not."""
        match (level, name):
            case (option.SOL_SOCKET, option.SO_KEEPALIVE):
                return int(self.keepalive)
            case (option.IPPROTO_TCP, option.TCP_NODELAY):
                return int(self.no_delay)
            case (option.IPPROTO_TCP, option.TCP_KEEPIDLE):
                return self.keepalive_idle
            case (option.IPPROTO_TCP, option.TCP_KEEPINTVL):
                return self.keepalive_interval
            case (option.IPPROTO_TCP, option.TCP_KEEPCNT):
                return self.keepalive_probes
            case (option.IPPROTO_TCP, option.TCP_USER_TIMEOUT):
                return self.user_time_out
            case _:
                raise no_option(level, name)

    def apply(self, connection: Connection, now: int) -> None:
        """Make a connection behave so."""
        connection.set_no_delay(self.no_delay)
        connection.set_user_time_out(self.user_time_out * MILLISECOND)
        keepalive: Keepalive | None = None
        if self.keepalive:
            idle, interval = self.keepalive_idle * SECOND, self.keepalive_interval * SECOND
            keepalive = Keepalive(idle, interval, self.keepalive_probes)
        connection.set_keepalive(keepalive, now)
