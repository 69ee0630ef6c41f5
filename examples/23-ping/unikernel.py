"""Answers pings: a stack does that by itself."""

import asyncio

from pymirage.device import Stack


async def main(stack: Stack) -> None:
    print("ping", " ".join(stack.addresses()), flush=True)
    await asyncio.Event().wait()
