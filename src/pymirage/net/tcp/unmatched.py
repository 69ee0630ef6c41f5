# pymirage: hot
"""A segment arrives for no connection: for a listener, or for nobody (RFC 9293 §3.10.7.1, §3.10.7.2)."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.address import octets_of
from pymirage.net.packet import Packet
from pymirage.net.path import Path
from pymirage.net.tcp import arrival, listen, refusal
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.listener import Listener
from pymirage.wire import tcp
from pymirage.wire.drop import Drop
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.stack import TcpStack


def arrives(stack: "TcpStack", packet: Packet, segment: Segment, above: i64, now: i64) -> Drop | None:
    """`above`: a number that ours must exceed if this begins a connection, or -1."""
    if segment.flags & tcp.RST != 0:
        return Drop.TCP_NO_CONNECTION
    listener = listener_for(stack, packet, segment.destination)
    if listener is None:
        return refuse(stack, packet, segment, Drop.NO_PORT, now)
    flags = segment.flags & (tcp.SYN | tcp.ACK | tcp.FIN)
    if flags & tcp.ACK == 0 and flags != tcp.SYN:
        return Drop.TCP_FLAGS
    if flags & tcp.SYN != 0 and flags & tcp.ACK != 0:
        return refuse(stack, packet, segment, Drop.TCP_FLAGS, now)
    path = path_back(stack, packet, now)
    if not isinstance(path, Path):
        return path
    if flags == tcp.SYN:
        return listen.syn_arrives(stack, listener, path, segment, above, now)
    return cookie_arrives(stack, packet, listener, path, segment, now)


def cookie_arrives(
    stack: "TcpStack", packet: Packet, listener: Listener, path: Path, segment: Segment, now: i64
) -> Drop | None:
    """An ACK: it may complete a handshake of which only the peer kept the state."""
    connection = listen.cookie_arrives(stack, listener, path, segment, now)
    if not isinstance(connection, Connection):
        refusal.answer(stack, path, segment, now)
        return connection
    reason = arrival.segment_arrives(connection, segment, packet.frame, now)
    stack.settle(connection)
    return reason


def listener_for(stack: "TcpStack", packet: Packet, port: i64) -> Listener | None:
    """The listener for an address and port; one for all addresses comes last."""
    listeners = stack.listeners.get(port)
    if listeners is None:
        return None
    for listener in listeners:
        if listener.takes(packet.destination_high, packet.destination_low):
            return listener
    return None


def path_back(stack: "TcpStack", packet: Packet, now: i64) -> Path | Drop:
    """The path to where a packet came from, from the address that it was for."""
    return stack.routes.path(
        octets_of(packet.source_high, packet.source_low),
        octets_of(packet.destination_high, packet.destination_low),
        now,
    )


def refuse(stack: "TcpStack", packet: Packet, segment: Segment, reason: Drop, now: i64) -> Drop:
    """A reset answers everything but a reset."""
    path = path_back(stack, packet, now)
    if isinstance(path, Path):
        refusal.answer(stack, path, segment, now)
    return reason
