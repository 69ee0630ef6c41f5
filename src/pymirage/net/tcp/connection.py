# pymirage: hot
"""A connection: its transmission control block (RFC 9293 §3.3.1) and the calls of its user (§3.9.1).

The variables have the standard's names. What is done with them lies in the modules around: segments that
arrive in arrival.py, what leaves in output.py, timers in expiry.py, the user's calls in calls.py.
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pymirage.net.address import octets_of
from pymirage.net.path import Path
from pymirage.net.tcp import calls
from pymirage.net.tcp.assembler import Assembler
from pymirage.net.tcp.congestion import CongestionControl
from pymirage.net.tcp.cubic import Cubic
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.flight import Flight
from pymirage.net.tcp.handler import ConnectionHandler
from pymirage.net.tcp.hystart import HyStart
from pymirage.net.tcp.keepalive import Keepalive
from pymirage.net.tcp.newreno import NewReno
from pymirage.net.tcp.rack import Rack
from pymirage.net.tcp.receive_queue import ReceiveQueue
from pymirage.net.tcp.recovery import Recovery
from pymirage.net.tcp.round_trip import RoundTrip
from pymirage.net.tcp.send_queue import SendQueue
from pymirage.net.tcp.state import State
from pymirage.net.tcp.tail_probe import TailProbe
from pymirage.net.tcp.timers import Timers
from pymirage.net.tcp.window import ReceiveWindow

if TYPE_CHECKING:
    from pymirage.net.tcp.listener import Listener
    from pymirage.net.tcp.stack import TcpStack


@final
class Connection:
    """Made by `TcpStack.connect` and by listeners."""

    def __init__(
        self,
        stack: "TcpStack",
        path: Path,
        local_port: i64,
        remote_port: i64,
        iss: i64,
        stamp_offset: i64,
    ) -> None:
        settings = stack.settings
        self.stack: Final = stack
        self.path: Path = path
        self.local_high: Final[i64] = path.source_high
        self.local_low: Final[i64] = path.source_low
        self.local_port: Final[i64] = local_port
        self.remote_high: Final[i64] = path.destination_high
        self.remote_low: Final[i64] = path.destination_low
        self.remote_port: Final[i64] = remote_port
        self.state: State = State.CLOSED
        """Assigned by state.py alone."""
        self.handler: ConnectionHandler | None = None
        self.listener: Listener | None = None
        """Who made it, until the handler accepted it."""
        self.failure: Failure | None = None
        self.soft_failure: Failure | None = None
        """What ICMP said meanwhile: the reason if the connection is given up (RFC 1122 §4.2.3.9)."""

        # Send sequence space (RFC 9293 §3.3.1, figure 3).
        self.iss: Final[i64] = iss
        self.snd_una: i64 = iss
        self.snd_nxt: i64 = iss
        self.snd_wnd: i64 = 0
        self.snd_wl1: i64 = 0
        self.snd_wl2: i64 = 0
        self.snd_wnd_maximum: i64 = 0
        """MAX.SND.WND (RFC 5961 §5)."""
        self.snd_scale: i64 = 0
        """Shift of the windows that we receive (RFC 7323 §2)."""
        self.peer_maximum_size: i64 = 536
        """MSS option of the peer, or its default for IPv4 (RFC 9293 §3.7.1)."""
        self.segment_size: i64 = 536
        """Payload of a full segment: what the peer, the path and the options leave (pmtu.py)."""

        self.path_mtu: i64 = 0
        """The path's MTU when `segment_size` was set."""

        # Receive sequence space (figure 4).
        self.irs: i64 = 0
        self.irs_known: bool = False
        """The peer's SYN arrived."""
        self.rcv_nxt: i64 = 0
        self.rcv_scale: i64 = 0
        """Shift of the windows that we send."""
        self.last_ack_sent: i64 = 0
        """Last.ACK.sent (RFC 7323 §4.3)."""
        self.window: Final = ReceiveWindow(settings.receive_initial, settings.receive_maximum)

        # Options: offered until the peer's SYN came, then agreed upon.
        self.scaling: bool = True
        self.timestamps_on: bool = settings.timestamps
        self.selective: bool = settings.selective
        self.stamp_offset: Final[i64] = stamp_offset
        self.ts_recent: i64 = 0
        self.ts_recent_at: i64 = 0

        # Data.
        self.outgoing: Final = SendQueue()
        self.flight: Final = Flight()
        self.incoming: Final = ReceiveQueue()
        self.assembler: Final = Assembler()
        self.fin_wanted: bool = False
        """The application ended its stream: a FIN follows the data."""
        self.fin_sent: bool = False
        self.fin_received: bool = False
        self.reading: bool = True
        """False: the application will read no more."""
        self.refused_write: bool = False
        """A write took less than it was given: on_writable is owed."""
        self.no_delay: bool = False
        """Nagle's algorithm is off."""
        self.small_out: i64 = iss
        """End of the last segment sent that was not full (Minshall's variant of Nagle, see nagle.py)."""

        # Control.
        self.round_trip: Final = RoundTrip(settings.minimum_rto, settings.maximum_rto)
        self.congestion: CongestionControl = Cubic(536) if settings.congestion == "cubic" else NewReno(536)
        self.hystart: Final = HyStart()
        self.recovery: Final = Recovery()
        self.rack: Final = Rack()
        self.probe: Final = TailProbe()
        self.timers: Final = Timers()
        self.user_time_out: i64 = 0
        """R2 of data on this connection (RFC 9293 §3.8.3); 0: what the stack's settings say."""
        self.keepalive: Keepalive | None = None
        self.keepalive_sent: i64 = 0
        """Probes without an answer."""
        self.ack_now: bool = False
        """An acknowledgment must leave as soon as the segment at hand is done with."""
        self.ack_due: bool = False
        """An acknowledgment must leave at the next poll, by then perhaps with data."""
        self.unacknowledged: i64 = 0
        """Octets received since the last acknowledgment that we sent."""
        self.window_filled: bool = False
        """Of what could have been sent last, the congestion window and nothing else held some back."""
        self.persist_count: i64 = 0
        self.progress_at: i64 = 0
        """When the oldest data in flight began to wait: the user time-out counts from here."""
        self.orphan_left: i64 = -1
        """What was left when patience with the peer began anew; -1 before the application closed."""
        self.last_sent_at: i64 = 0
        self.last_heard_at: i64 = 0
        self.challenged_at: i64 = -1_000_000_000
        """When the last acknowledgment of an unacceptable segment was sent."""
        self.full_passed: bool = False
        """A full segment arrived at the peer."""
        self.black_hole: i64 = 0
        """Timeouts in a row of full segments (pmtu.py)."""

        # Places in the stack's structures.
        self.next: Connection | None = None
        """Chain of the connection table."""
        self.half_open: bool = False
        """Counted among the stack's connections in SYN-RECEIVED."""
        self.pending: bool = False
        """On the stack's list of connections with something to send."""
        self.unheard: bool = False
        """On the stack's list of connections with something to tell."""
        self.queued_for: i64 = 0
        self.queue_at: i64 = -1
        self.charged: i64 = 0
        """Octets counted in the stack's memory."""
        self.events: i64 = 0
        """Not delivered yet, see event.py."""
        self.confirm_at: i64 = 0
        """When to tell the neighbour cache next that the first hop works."""

    def timestamp(self, now: i64) -> i64:
        """Our timestamp clock: milliseconds from a random offset (RFC 7323 §5.4, §7.1)."""
        return (now // 1_000_000 + self.stamp_offset) & 0xFFFF_FFFF

    def local_address(self) -> bytes:
        return octets_of(self.local_high, self.local_low)

    def remote_address(self) -> bytes:
        return octets_of(self.remote_high, self.remote_low)

    def write(self, data: bytes) -> i64:
        """Hand over data to send; how many octets were taken: fewer when the buffer is full.

        They leave at the next `TcpStack.poll`, so that what is written together leaves together.
        """
        return calls.write(self, data)

    def read(self, limit: i64, now: i64) -> bytes:
        """Up to `limit` octets of what arrived; empty when there is nothing now."""
        return calls.read(self, limit, now)

    def read_piece(self, now: i64) -> bytes:
        """The next octets as they arrived, without copying; empty when there is nothing now."""
        return calls.read_piece(self, now)

    def readable(self) -> i64:
        """Octets that can be read now."""
        return self.incoming.size

    def writable(self) -> i64:
        """Octets that `write` would take now."""
        return calls.writable(self)

    def at_end(self) -> bool:
        """Everything that the peer sent before its FIN was read."""
        return self.fin_received and self.incoming.size == 0

    def shutdown(self) -> None:
        """End our stream: what was written is sent, then a FIN. Reading goes on (half-close)."""
        calls.shutdown(self)

    def close(self, now: i64) -> None:
        """End our stream and read no more; data that arrives is answered by a reset (RFC 9293 §3.6.1)."""
        calls.close(self, now)

    def abort(self, now: i64) -> None:
        """Drop everything and reset the connection."""
        calls.abort(self, now)

    def set_keepalive(self, keepalive: Keepalive | None, now: i64) -> None:
        """Ask an idle peer from time to time whether it is there (RFC 9293 §3.8.4); off by default."""
        calls.set_keepalive(self, keepalive, now)

    def set_user_time_out(self, time_out: i64) -> None:
        """How long data may stay unacknowledged before the connection is given up; 0: the stack's setting."""
        self.user_time_out = time_out

    def set_no_delay(self, on: bool) -> None:
        """Send small segments at once, too (MUST-17)."""
        calls.set_no_delay(self, on)
