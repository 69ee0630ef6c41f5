"""A web site by HTTPS: HTTP/2 and HTTP/1.1 on one port, and the way there from HTTP."""

import asyncio

from pymirage.device import KeyValueReader, Stack, Tcp
from pymirage.web import http2
from pymirage.web.files import Files
from pymirage.web.secure import SecureServer, StrictTransportSecurity, ToHttps
from pymirage.web.server import Server


async def main(stack: Stack, tls: Tcp, pages: KeyValueReader, *, port: int, http_port: int) -> None:
    site = StrictTransportSecurity(Files(pages))
    secure = SecureServer(Server(site), site, http2=http2.serve)
    await secure.listen(tls, port)
    await Server(ToHttps(port)).listen(stack.tcp, http_port)
    print(f"serving https://{stack.addresses()[0]}:{port}/", flush=True)
    await asyncio.Event().wait()
