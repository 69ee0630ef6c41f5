"""Fails, and says where."""

import asyncio


def parse(text: str) -> int:
    return int(text)


async def main() -> None:
    print("about to fail")
    await asyncio.sleep(0)
    parse("seven")
