"""A web site: pages from a store, metrics on a port of their own, and a page about the image."""

import asyncio

from pymirage.boot import Facts
from pymirage.device import KeyValueReader, Stack
from pymirage.web.about import PATH, About
from pymirage.web.door import Door
from pymirage.web.files import Files, Settings
from pymirage.web.message import Handler
from pymirage.web.metrics import Metrics, counted, program
from pymirage.web.routes import Routes, nothing_else
from pymirage.web.server import Server
from pymirage.web.server.access import AccessLog


async def main(
    stack: Stack,
    door: Door,
    pages: KeyValueReader,
    facts: Facts,
    *,
    port: int,
    redirect_port: int | None,
    metrics_port: int | None,
    access_log: bool,
    about: bool,
    listing: bool,
    max_age: int | None,
) -> None:
    """Serve until the end."""
    site: Handler = Files(pages, Settings(listing=listing, max_age=max_age))
    image = About(facts.rows(), facts.description)
    handler = door.around(Routes(site, {PATH: image}) if about else site)
    server = Server(handler, access=AccessLog() if access_log else None)
    image.watch(stack, server.counters)
    await door.open(server, handler, stack.tcp, port, redirect=redirect_port)
    if metrics_port is not None:
        figures = Metrics(program(), counted(stack, server.counters))
        await Server(Routes(nothing_else(), {"/metrics": figures})).listen(stack.tcp, metrics_port)
    print(f"serving {door.scheme}://{stack.addresses()[0]}:{port}/", flush=True)
    await asyncio.Event().wait()
