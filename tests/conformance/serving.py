"""A server for other people's programs: `python -m tests.conformance.serving FOLDER KIND`, until it is ended.

Writes `ca.pem`, `client.pem` and `client.key` into FOLDER, prints the ports. KIND `rsa` is one self-signed
RSA certificate and a server as simple as OpenSSL's `s_server -www`, which tlsfuzzer expects; `site` is a web
site by HTTP/1.1 and HTTP/2.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from pymirage.device import TcpFlow
from pymirage.protocol.http.fields import Fields
from pymirage.sched.host_stack import HostStack
from pymirage.sched.tls import TlsServer
from pymirage.security.x509 import create, keys, pem
from pymirage.security.x509.credentials import Credentials
from pymirage.security.x509.public_key import KeyKind
from pymirage.web import http2
from pymirage.web.message import Handler, Request, Response
from pymirage.web.secure import SecureServer, StrictTransportSecurity
from pymirage.web.server import Server
from tests.security import certificates

HOSTS = ("localhost", "127.0.0.1")
ENDS = (b"\r\n\r\n", b"\n\n", b"\r\r")


async def simple(flow: TcpFlow) -> None:
    """Answers each request, whatever it is, until the client ends."""
    data = b""
    while piece := await flow.read():
        data += piece
        if any(end in data for end in ENDS):
            data = b""
            await flow.write(b"HTTP/1.0 200 ok\r\nContent-type: text/plain\r\n\r\nhello\n")


class Page(Handler):
    def respond(self, request: Request) -> Response:  # noqa: ARG002
        return Response(200, Fields.of(("content-type", "text/html")), b"<!doctype html><h1>over TLS</h1>")


async def rsa(stack: HostStack) -> list[int]:
    key = keys.generate(KeyKind.RSA, 2048)
    own = Credentials((create.self_signed(key, HOSTS, int(time.time())),), key)
    listener = await TlsServer((own,), stack.tcp).listen(0, simple, address="127.0.0.1")
    return [listener.port()]


async def site(stack: HostStack) -> list[int]:
    held = (certificates.server(*HOSTS),)
    handler = StrictTransportSecurity(Page())
    server = SecureServer(Server(handler), handler, http2=http2.serve)
    open_to_all = TlsServer(held, stack.tcp, protocols=("h2", "http/1.1"))
    both = TlsServer(held, stack.tcp, clients=certificates.trust())
    return [await server.listen(tls, 0, address="127.0.0.1") for tls in (open_to_all, both)]


async def main(folder: Path, kind: str) -> None:
    own = certificates.client()
    (folder / "ca.pem").write_text(pem.encode("CERTIFICATE", certificates.root().certificate.der))
    (folder / "client.pem").write_text(own.chain_pem())
    (folder / "client.key").write_text(own.key.to_pem())
    stack = await HostStack.connect()
    print(*await (rsa if kind == "rsa" else site)(stack), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
