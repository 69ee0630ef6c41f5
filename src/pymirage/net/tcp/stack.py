# pymirage: hot
"""TCP of one host: all connections and listeners, packets in, `poll` for what is due.

    packet → receive_packet → arrival … → events → handler → write, close … → poll → segments

Nothing waits here: `deadline` says when `poll` must be called at the latest.
"""

from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import high_of, low_of
from pymirage.net.handler import TOO_BIG, IcmpError, PacketHandler
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.path import Path, Routes
from pymirage.net.siphash import SipHash
from pymirage.net.tcp import (
    arrival,
    arrival_syn_sent,
    closing,
    event,
    expiry,
    icmp_error,
    isn,
    listen,
    output,
    pmtu,
    ports,
    seqno,
    time_wait,
    transmit,
    unmatched,
)
from pymirage.net.tcp.challenge import Allowance
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.listener import Listener
from pymirage.net.tcp.memory import Memory
from pymirage.net.tcp.segment_writer import SegmentWriter
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.state import State, enter, is_synchronised
from pymirage.net.tcp.table import ConnectionTable
from pymirage.net.tcp.time_wait import TimeWait
from pymirage.net.tcp.timer_queue import TimerQueue
from pymirage.wire import tcp
from pymirage.wire.drop import Drop
from pymirage.wire.tcp import Segment

NOW: Final = 0


@final
class TcpStack(PacketHandler):
    """`entropy(n)` gives n octets that nobody can guess; it is used for keys and ports only."""

    def __init__(self, routes: Routes, entropy: Callable[[int], bytes], settings: Settings) -> None:
        self.routes: Final = routes
        self.entropy: Final = entropy
        self.settings: Final = settings
        self.key: Final = SipHash(entropy(16))
        self.cookie_key: Final = SipHash(entropy(16))
        self.table: Final = ConnectionTable(int.from_bytes(entropy(8), "big") >> 2)
        self.listeners: Final[dict[int, list[Listener]]] = {}
        self.timers: Final = TimerQueue()
        self.memory: Final = Memory(settings.memory)
        self.writer: Final = SegmentWriter()
        self.challenges: Final = Allowance(settings.challenge_acks, int.from_bytes(entropy(4), "big"))
        self.resets: Final = Allowance(settings.resets, int.from_bytes(entropy(4), "big"))
        self.time_wait: Final = TimeWait(settings.time_wait_connections)
        self.half_open: i64 = 0
        self.pending: list[Connection] = []
        self.unheard: list[Connection] = []
        """Whose handler is to be told of new data, once for all segments of a batch."""

    # -- calls of the user --

    def connect(
        self,
        remote: bytes,
        port: i64,
        handler: ConnectionHandler,
        now: i64,
        local: bytes = b"",
        local_port: i64 = 0,
    ) -> Connection | Failure:
        """Active OPEN (RFC 9293 §3.10.1); `handler.on_connected` or `on_error` follows."""
        path = self.routes.path(remote, local, now)
        if not isinstance(path, Path):
            return Failure.NO_ROUTE
        if not self.has_room():
            return Failure.NO_MEMORY
        if local_port == 0:
            local_port = ports.choose(self, path, port)
            if local_port == 0:
                return Failure.NO_PORT
        iss = isn.initial_sequence(self.key, path, local_port, port, now)
        old = self.find(path, local_port, port)
        if old is not None:
            if not time_wait.may_reuse_actively(old, now):
                return Failure.IN_USE
            iss = seqno.later(iss, seqno.add(old.snd_nxt, 1))
            closing.finish(old)
        connection = self.make(path, local_port, port, iss)
        connection.handler = handler
        enter(connection, State.SYN_SENT)
        listen.begin(connection, now)
        return connection

    def listen(
        self, port: i64, handler: ListenHandler, address: bytes = b"", backlog: i64 = 128, version: i64 = 0
    ) -> Listener | Failure:
        """Passive OPEN on a port of one address, or of all when `address` is empty.

        Without an address, `version` 4 or 6 leaves the port of the other IP version to somebody else.
        """
        high: i64 = high_of(address) if address else 0
        low: i64 = low_of(address) if address else 0
        others = self.listeners.setdefault(port, [])
        for other in others:
            apart = version != other.version and version != 0 and other.version != 0
            if other.high == high and other.low == low and not apart:
                return Failure.IN_USE
        listener = Listener(self, high, low, port, handler, backlog, version)
        if listener.any_address():
            others.append(listener)
        else:
            others.insert(0, listener)
        return listener

    def close_listener(self, listener: Listener) -> None:
        others = self.listeners.get(listener.port)
        if others is not None and listener in others:
            others.remove(listener)
            if not others:
                del self.listeners[listener.port]

    def has_room(self) -> bool:
        """Whether one more connection may be made: the oldest in TIME-WAIT gives way to it."""
        if self.memory.full():
            return False
        if self.count() < self.settings.connections:
            return True
        oldest = self.time_wait.oldest()
        if oldest is None:
            return False
        closing.finish(oldest)
        return True

    def count(self) -> i64:
        """Connections in all states."""
        return self.table.count

    # -- time --

    def deadline(self) -> i64:
        """When to call `poll` at the latest: 0 when there is something to tell or to send now."""
        return NOW if len(self.pending) > 0 or len(self.unheard) > 0 else self.timers.deadline()

    def tell(self) -> None:
        """Handlers hear of what arrived; `poll` sees to it otherwise, but takes no time for what they do."""
        while len(self.unheard) > 0:
            unheard = self.unheard
            self.unheard = []
            for connection in unheard:
                connection.unheard = False
                event.deliver(connection)

    def poll(self, now: i64) -> None:
        """Tell handlers, handle timers that have gone off, then send whatever may be sent."""
        self.tell()
        while True:
            connection = self.timers.due(now)
            if connection is None:
                break
            expiry.expire(connection, now)
            self.settle(connection)
        while len(self.pending) > 0:
            pending = self.pending
            self.pending = []
            for connection in pending:
                connection.pending = False
                output.flush(connection, now)
                self.settle(connection)

    def settle(self, connection: Connection) -> None:
        """After anything happened to a connection: account, timers, events."""
        self.memory.charge(connection)
        if connection.state is not State.CLOSED:
            self.timers.schedule(connection)
        if connection.events != 0 and not connection.unheard:
            event.deliver(connection)

    def need_output(self, connection: Connection) -> None:
        """`poll` shall see whether the connection can send."""
        if not connection.pending:
            connection.pending = True
            self.pending.append(connection)

    # -- packets --

    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """A TCP packet."""
        if packet.cast != UNICAST:
            # RFC 9293 §3.9.2.3, MUST-57.
            return Drop.MARTIAN
        if not packet.verified and not tcp.checksum_is_right(
            packet.frame, packet.version, packet.ip_at, packet.at, packet.end
        ):
            return Drop.CHECKSUM
        segment = tcp.parse(packet.frame, packet.at, packet.end)
        if not isinstance(segment, Segment):
            return segment
        connection = self.table.find(
            packet.destination_high,
            packet.destination_low,
            segment.destination,
            packet.source_high,
            packet.source_low,
            segment.source,
        )
        if connection is None:
            return unmatched.arrives(self, packet, segment, -1, now)
        if connection.state is State.SYN_SENT:
            reason = arrival_syn_sent.segment_arrives(connection, segment, now)
        elif connection.state is State.TIME_WAIT and time_wait.may_reuse(connection, segment):
            above = connection.snd_nxt
            closing.finish(connection)
            self.settle(connection)
            return unmatched.arrives(self, packet, segment, above, now)
        else:
            reason = arrival.segment_arrives(connection, segment, packet.frame, now)
        if connection.ack_now:
            transmit.acknowledgment(connection, now)
        if connection.events == event.READABLE:
            self.tell_soon(connection)
        self.settle(connection)
        return reason

    def tell_soon(self, connection: Connection) -> None:
        """More may come in this batch: the handler is told of data when it is over."""
        if not connection.unheard:
            connection.unheard = True
            self.unheard.append(connection)

    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:
        """An ICMP error about a segment that we sent (RFC 5927, RFC 5461, RFC 9293 §3.9.2.2)."""
        connection = self.table.find(
            error.local_high,
            error.local_low,
            icmp_error.local_port(error),
            error.remote_high,
            error.remote_low,
            icmp_error.remote_port(error),
        )
        if connection is None or not icmp_error.is_plausible(connection, error):
            return Drop.ICMP_UNRELATED
        if error.kind == TOO_BIG:
            icmp_error.too_big(connection, error, now)
        else:
            icmp_error.unreachable(connection, error)
        self.settle(connection)
        return None

    # -- what the steps of a connection ask for --

    def make(self, path: Path, local_port: i64, remote_port: i64, iss: i64) -> Connection:
        """A connection, in the table."""
        offset = isn.stamp_offset(self.key, path, local_port, remote_port)
        connection = Connection(self, path, local_port, remote_port, iss, offset)
        self.table.add(connection)
        return connection

    def find(self, path: Path, local_port: i64, remote_port: i64) -> Connection | None:
        return self.table.find(
            path.source_high,
            path.source_low,
            local_port,
            path.destination_high,
            path.destination_low,
            remote_port,
        )

    def left_half_open(self, connection: Connection) -> None:
        """A connection left SYN-RECEIVED, if it was there by our listening."""
        if connection.half_open:
            connection.half_open = False
            self.half_open -= 1
            listener = connection.listener
            if listener is not None:
                listener.half_open -= 1

    def entered_time_wait(self, connection: Connection) -> None:
        """Bound how many there are: the oldest ends early."""
        oldest = self.time_wait.add(connection)
        if oldest is not None and oldest.state is State.TIME_WAIT:
            closing.finish(oldest)

    def abort(self, connection: Connection, failure: Failure, now: i64) -> None:
        """Reset the connection (§3.10.5) and forget it."""
        state = connection.state
        if state is State.SYN_RECEIVED or (is_synchronised(state) and state is not State.TIME_WAIT):
            transmit.reset(connection, now)
        if state is not State.CLOSED:
            closing.fail(connection, failure)
            self.settle(connection)

    def forget(self, connection: Connection) -> None:
        """A connection is CLOSED."""
        self.table.remove(connection)
        self.timers.remove(connection)
        self.left_half_open(connection)

    def refresh_path(self, connection: Connection, now: i64) -> None:
        """Ask routing anew: after a timeout, or when the path was given up."""
        path = self.routes.path(connection.path.destination, connection.path.source, now)
        if isinstance(path, Path):
            connection.path = path

    def maximum_size(self, path: Path) -> i64:
        """The MSS that we announce: what the interface takes (§3.7.1, MUST-67)."""
        return path.hop.interface.mtu - pmtu.header_size(path.version)
