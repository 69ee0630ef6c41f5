"""Ports of this host that QEMU is to listen at: whether they are free, and ours to have."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from pymirage.tool.qemu.error import QemuError
from pymirage.tool.qemu.machine import Forward

LOOPBACK = "127.0.0.1"
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def check(forwards: Iterable[Forward]) -> None:
    """Takes each and lets it go. Raises QemuError with what to do."""
    for each in forwards:
        with socket.socket(socket.AF_INET, KINDS[each.protocol]) as probe:
            if each.protocol == "tcp":
                # As QEMU does: connections that are ending do not count.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, each.host))
            except OSError as error:
                raise QemuError(_reason(each, error)) from None


def _reason(forward: Forward, error: OSError) -> str:
    port = f"port {forward.host} ({forward.protocol}) of this host"
    if error.errno == errno.EADDRINUSE:
        return f"{port} is in use by another program (stop it, or forward another: user:PORT-{forward.guest})"
    if error.errno == errno.EACCES:
        return f"{port} is not yours to take (forward one from 1024 on: user:8080-{forward.guest})"
    return f"{port} cannot be had: {error.strerror}"
