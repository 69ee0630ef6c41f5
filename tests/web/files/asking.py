"""Asking a handler without a server."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from pymirage.protocol.http.fields import Fields
from pymirage.web.message import Handler, Nothing, Outgoing, Request


@dataclass(frozen=True)
class Answer:
    """A response, read to its end. `waited`: whether the handler needed a task for it."""

    status: int
    fields: Fields
    body: bytes
    waited: bool

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name)


async def ask(handler: Handler, target: str, *fields: tuple[str, str], method: str = "GET") -> Answer:
    response = handler.respond(Request(method, target, Fields.of(*fields), Nothing()))
    waited = isinstance(response, Awaitable)
    if isinstance(response, Awaitable):
        response = await response
    body = response.body
    if isinstance(body, Outgoing):
        pieces, promised = [], body.length()
        while piece := await body.read():
            pieces.append(piece)
        await body.close()
        whole = b"".join(pieces)
        assert promised in (-1, len(whole))
    else:
        assert isinstance(body, bytes)
        whole = body
    return Answer(response.status, response.fields, whole, waited)
