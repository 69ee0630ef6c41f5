"""OpenSSL's contexts as we want them: versions, ciphers, names, who must show a certificate.

TLS 1.2 only with forward secrecy and authenticated encryption (RFC 9325 §4.2), without renegotiation, without
compression. Clients verify within the handshake, by OpenSSL, so that the peer hears why it is refused.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from pymirage.error import UsageError
from pymirage.security.tls.names import Names
from pymirage.security.tls.present import present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.security.x509.credentials import Credentials
    from pymirage.security.x509.trust import Trust

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


def server(
    credentials: Sequence[Credentials],
    *,
    protocols: Sequence[str] = (),
    clients: Trust | None = None,
    optional: bool = False,
) -> ssl.SSLContext:
    """protocols: ALPN's, best first. clients: who signs clients' certificates; `optional`: none is fine."""
    if not credentials:
        raise UsageError("a TLS server needs a certificate")
    made = [_server(each, protocols, clients, optional=optional) for each in credentials]
    names = Names([(each.chain[0], context) for each, context in zip(credentials, made, strict=True)])
    if len(made) > 1:

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = names.find(name)

        made[0].sni_callback = choose
    return made[0]


def client(
    trust: Trust,
    *,
    protocols: Sequence[str] = (),
    credentials: Credentials | None = None,
) -> ssl.SSLContext:
    """credentials: what to show to a server that asks who we are."""
    if not len(trust):
        raise UsageError("a TLS client that trusts nobody connects to nobody")
    context = _context(ssl.PROTOCOL_TLS_CLIENT, protocols)
    context.load_verify_locations(cadata=b"".join(each.der for each in trust.anchors))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if credentials is not None:
        present(context, credentials)
    return context


def _server(
    credentials: Credentials, protocols: Sequence[str], clients: Trust | None, *, optional: bool
) -> ssl.SSLContext:
    context = _context(ssl.PROTOCOL_TLS_SERVER, protocols)
    present(context, credentials)
    if clients is not None:
        context.load_verify_locations(cadata=b"".join(each.der for each in clients.anchors))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
    return context


def _context(side: int, protocols: Sequence[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
