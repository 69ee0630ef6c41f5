"""A web server that says what is alive in it."""

import asyncio
import json
import sys

from alive import alive

from pymirage.device import Stack
from pymirage.protocol.http.fields import Fields
from pymirage.sched.memory import memory_use
from pymirage.web.message import Handler, Request, Response
from pymirage.web.server import Server


class Census(Handler):
    async def respond(self, request: Request) -> Response:
        size = 0
        while piece := await request.body.read():
            size += len(piece)
        found = {"used": memory_use().used, "blocks": sys.getallocatedblocks(), "alive": alive()}
        text = json.dumps(found) if request.target == "/census" else f"{size} octets"
        return Response(200, Fields(), text.encode())


async def main(stack: Stack, *, port: int) -> None:
    await Server(Census()).listen(stack.tcp, port)
    print("serving", flush=True)
    await asyncio.Event().wait()
