"""What goes wrong in a TLS connection, by who must act."""

from __future__ import annotations

from pymirage.error import PeerError


class TlsError(PeerError):
    """The peer broke the protocol, or is not who it should be; equal causes have equal `reason`s."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class HandshakeFailed(TlsError):
    """No connection came to be: no version or cipher in common, an alert, a broken message."""


class HandshakeTimedOut(HandshakeFailed):
    """The peer took longer than it may."""


class CertificateRefused(HandshakeFailed):
    """The peer's certificate was not believed; the detail says why."""


class BadRecord(TlsError):
    """What came after the handshake was not the peer's, or an alert."""
