"""One side of a TLS connection, without I/O: records in and out, plain text in and out.

`receive` takes what the network brought, `to_send` gives what it shall take; `handshake`, `read` and
`write` do as much as they can with what is there.
"""

from __future__ import annotations

import ssl
from typing import final

from pymirage.security.tls.error import BadRecord, CertificateRefused, HandshakeFailed

RECORD = 16384
"""Plain text of the largest record (RFC 8446 §5.1)."""


@final
class Engine:
    """`host` is whom a client wants; `session` what it kept of an earlier connection."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        server: bool,
        host: str = "",
        session: ssl.SSLSession | None = None,
    ) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # As octets: as text it would go through the tables of internationalised names.
        name: str | bytes | None = host.encode("ascii") or None
        self._object = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server,
            server_hostname=name,
            session=session,
        )
        self._plain = bytearray()
        self.ended = False
        """The peer has said that nothing follows (close_notify)."""
        self.shut = False
        """We have."""

    # -- the network's side --

    def receive(self, data: bytes) -> None:
        self._incoming.write(data)

    def receive_end(self) -> None:
        self._incoming.write_eof()

    def to_send(self) -> bytes:
        return self._outgoing.read()

    def pending(self) -> int:
        """Octets to send."""
        return self._outgoing.pending

    # -- the application's side --

    def handshake(self) -> bool:
        """Go on with it; True once it is done. Raises HandshakeFailed, with an alert left to send."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLCertVerificationError as error:
            raise CertificateRefused("certificate refused", error.verify_message) from None
        except ssl.SSLEOFError:
            raise HandshakeFailed("the peer went away") from None
        except ssl.SSLError as error:
            raise HandshakeFailed(_reason(error)) from None
        return True

    def read(self) -> bytes | None:
        """What has come; None while more records are needed; b"" after the peer's end. Raises BadRecord."""
        if self._plain:
            data = bytes(self._plain)
            self._plain.clear()
            return data
        return b"" if self.ended else self._read()

    def write(self, data: bytes | memoryview) -> None:
        """All of it: records are written to memory. Raises BadRecord."""
        try:
            # SSL_write makes records of 16 KiB of longer data.
            self._object.write(data)
        except ssl.SSLError as error:
            raise BadRecord(_reason(error)) from None

    def shutdown(self) -> None:
        """Say that nothing follows; what the peer sends is still read (RFC 8446 §6.1)."""
        if self.shut:
            return
        # With its notice OpenSSL looks for the peer's, and refuses data: what is here is read first.
        while not self.ended:
            try:
                data = self._read()
            except BadRecord:
                break
            if not data:
                break
            self._plain += data
        self.shut = True
        try:
            self._object.unwrap()
        except ssl.SSLError:
            return  # the peer has not answered yet, or never will: the notice is written all the same

    # -- facts --

    def version(self) -> str:
        """ "TLSv1.3" or "TLSv1.2"."""
        return self._object.version() or ""

    def cipher(self) -> str:
        found = self._object.cipher()
        return "" if found is None else found[0]

    def protocol(self) -> str:
        """What was agreed by ALPN (RFC 7301); empty for nothing."""
        return self._object.selected_alpn_protocol() or ""

    def peer_certificate(self) -> bytes:
        """DER; empty for none."""
        return self._object.getpeercert(binary_form=True) or b""

    def resumed(self) -> bool:
        return bool(self._object.session_reused)

    def session(self) -> ssl.SSLSession | None:
        """For a client's next connection; in TLS 1.3 it comes with tickets, after the handshake."""
        return self._object.session

    def binding(self) -> bytes:
        """tls-unique (RFC 5929) of TLS 1.2."""
        return self._object.get_channel_binding("tls-unique") or b""

    # -- steps --

    def _read(self) -> bytes | None:
        try:
            data = self._object.read(4 * RECORD)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            self.ended = True
            return b""
        except ssl.SSLEOFError:
            raise BadRecord("cut off") from None
        except ssl.SSLError as error:
            raise BadRecord(_reason(error)) from None
        if not data:
            self.ended = True
        return data


def _reason(error: ssl.SSLError) -> str:
    """OpenSSL's word for it: "wrong version number"."""
    return (error.reason or "protocol error").lower().replace("_", " ")
