"""What the resolver asks of the stack around it."""

from dataclasses import dataclass

from pymirage.net.resolver.answer import Answer


@dataclass(frozen=True)
class SendUdp:
    """Send `payload` from this local port to port 53 of the server; what comes back goes to `receive_udp`."""

    port: int
    server: bytes
    payload: bytes


@dataclass(frozen=True)
class AskTcp:
    """Open a connection to port 53, send `payload`, hand the octets that come to `receive_tcp`.

    When it cannot be opened or ends early, call `tcp_failed`.
    """

    attempt: int
    server: bytes
    payload: bytes


@dataclass(frozen=True)
class ClosePort:
    """The local UDP port is not needed any more."""

    port: int


@dataclass(frozen=True)
class CloseTcp:
    """The connection of this attempt is not needed any more."""

    attempt: int


@dataclass(frozen=True)
class Resolved:
    """The question that `resolve` gave this token has its answer."""

    token: int
    answer: Answer


Event = SendUdp | AskTcp | ClosePort | CloseTcp | Resolved
