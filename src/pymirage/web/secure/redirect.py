"""Sends everybody who comes by HTTP to the same address by HTTPS (RFC 9110 §15.4.9)."""

from __future__ import annotations

from pymirage.protocol.http.fields import Fields
from pymirage.web.message import Handler, Request, Response, text


class ToHttps(Handler):
    """port: where HTTPS is. host: its name; the one that was asked for without it.

    308 keeps the method and is remembered by browsers. What asks without a host is told nothing.
    """

    def __init__(self, port: int = 443, host: str = "") -> None:
        self._port = "" if port == 443 else f":{port}"
        self._host = host

    def respond(self, request: Request) -> Response:
        host = self._host or _without_port(request.fields.get("host"))
        if not host or not request.target.startswith("/"):
            return text("this is served by https\n", 400)
        location = f"https://{host}{self._port}{request.target}"
        return Response(308, Fields.of(("location", location), ("content-type", "text/plain")), b"by https\n")


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
