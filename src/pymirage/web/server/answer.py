"""Responses that take their time: those awaited, sent piece by piece, or leading to other protocols.

Interpreted: in coroutines that mypyc 2.4.1 compiled, an exception that was handled stays the context of later
ones, so that they would hold each other for ever.
"""

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final

from pymirage.error import PeerError, UsageError
from pymirage.web.message import Outgoing, Request, Response, Takeover
from pymirage.web.server.bodies import PIECE, Iterated, Pieces

if TYPE_CHECKING:
    from pymirage.web.server.conversation import Conversation

log: Final = logging.getLogger(__name__)


async def answer(
    conversation: "Conversation", request: Request, promised: Response | Awaitable[Response]
) -> None:
    """Wait for the response and send it, whatever happens."""
    try:
        response = promised if isinstance(promised, Response) else await promised
        await deliver(conversation, request, response)
    except Exception:
        if conversation.refusal is None:
            give_up(conversation, request)
        else:
            # Whatever the handler made of it, it was the client who broke off.
            conversation.tell_off(conversation.refusal)
    finally:
        conversation.answered()


def give_up(conversation: "Conversation", request: Request) -> None:
    """The handler failed. What has begun cannot be taken back, only be left visibly incomplete."""
    failure = conversation.failed(request)
    if conversation.core.owes_response():
        body = failure.body
        assert isinstance(body, bytes)
        conversation.respond(request, failure, body)
    else:
        conversation.abort()


async def deliver(conversation: "Conversation", request: Request, response: Response) -> None:
    """As the kind of body demands."""
    content = response.body
    if isinstance(content, bytes):
        if len(content) <= PIECE:
            conversation.respond(request, response, content)
        else:
            await send(conversation, request, response, Pieces(content))
    elif isinstance(content, Outgoing):
        await send(conversation, request, response, content)
    elif isinstance(content, Takeover):
        await switch(conversation, request, response, content)
    else:
        await send(conversation, request, response, Iterated(content, response.fields))


async def send(conversation: "Conversation", request: Request, response: Response, content: Outgoing) -> None:
    """Head, pieces and end. What is ready in one turn of the loop leaves in one write."""
    core, output = conversation.core, conversation.output
    size = 0
    try:
        date = conversation.service.date_line()
        output.queue(core.begin(response.status, response.fields, content.length(), date))
        while not core.silent:
            piece = await content.read()
            if not piece or output.closed:
                break
            size += len(piece)
            output.queue(core.send(piece))
            if output.full:
                await output.drain()
        if not output.closed:
            output.queue(core.end())
            conversation.responded(request, response.status, size)
    finally:
        await content.close()


async def switch(
    conversation: "Conversation", request: Request, response: Response, takeover: Takeover
) -> None:
    """Another protocol takes over the transport."""
    status = response.status
    if status != 101 and not (request.method == "CONNECT" and 200 <= status < 300):
        raise UsageError(f"a response of status {status} switches no protocols")
    conversation.output.add(conversation.core.begin(status, response.fields, 0))
    conversation.output.flush()
    conversation.responded(request, status, 0)
    flow = conversation.hand_over(takeover)
    try:
        await takeover.converse(flow)
    except PeerError as error:
        log.debug("%s %s: %s", request.method, request.target, error)
    except Exception:
        conversation.failed(request)
    finally:
        await flow.close()
