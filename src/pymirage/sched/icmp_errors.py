"""ICMP errors about datagrams as Linux tells them to sockets (RFC 1122 §4.1.3.3)."""

from __future__ import annotations

import errno

from pymirage.net import handler
from pymirage.sched.addresses import text_of

REASONS = {
    handler.NETWORK_UNREACHABLE: (errno.ENETUNREACH, "no way leads to"),
    handler.HOST_UNREACHABLE: (errno.EHOSTUNREACH, "nothing answers at"),
    handler.PROTOCOL_UNREACHABLE: (errno.ENOPROTOOPT, "there is no UDP at"),
    handler.PROHIBITED: (errno.EHOSTUNREACH, "a filter keeps us from"),
    handler.TIME_EXCEEDED: (errno.EHOSTUNREACH, "too many hops to"),
    handler.PARAMETER_PROBLEM: (errno.EPROTO, "a packet was not understood on the way to"),
}


def error_of_icmp(kind: int, remote: bytes, port: int) -> OSError | None:
    """None for what needs no telling: a smaller path MTU, which the next datagram heeds."""
    if kind == handler.TOO_BIG:
        return None
    where = f"{text_of(remote)} port {port}"
    if kind == handler.PORT_UNREACHABLE:
        return ConnectionRefusedError(errno.ECONNREFUSED, f"nobody listens at {where}")
    number, text = REASONS[kind]
    return OSError(number, f"{text} {where}")
