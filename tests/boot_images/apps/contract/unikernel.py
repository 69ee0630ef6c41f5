"""Runs the contract checks of every device on the drivers of this image, and says SUCCESS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pymirage.device import Block, Console, KeyValueReader, MonotonicClock, Random, Sleep, WallClock
from pymirage.driver.memory.flow import flow_pair
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.driver.memory.net import net_pair
from tests.contract import block, flow, key_value, key_value_reader, net
from tests.contract import clock as clocks
from tests.contract import console as consoles
from tests.contract import random as randoms
from tests.contract import sleep as sleeps

Check = Callable[[Any], Awaitable[None]]


async def main(
    console: Console,
    clock: MonotonicClock,
    wall: WallClock,
    sleep: Sleep,
    random: Random,
    files: KeyValueReader,
    disk: Block,
) -> None:
    suites: list[tuple[str, tuple[Check, ...], Callable[[], object]]] = [
        ("console", consoles.CHECKS, lambda: console),
        ("monotonic clock", clocks.MONOTONIC_CHECKS, lambda: clock),
        ("wall clock", clocks.WALL_CHECKS, lambda: wall),
        ("sleep", sleeps.CHECKS, lambda: sleep),
        ("random", randoms.CHECKS, lambda: random),
        ("crunched files", key_value_reader.CHECKS, lambda: files),
        ("disk", block.CHECKS, lambda: disk),
        # In memory, but on the image's own event loop.
        ("flow in memory", flow.CHECKS, flow_pair),
        ("interfaces in memory", net.CHECKS, net_pair),
        ("key-value store in memory", key_value.CHECKS, MemoryKeyValue),
    ]
    for name, checks, make in suites:
        for check in checks:
            await check(_made(make))
            print(f"{name}: {check.__name__}")
    print("SUCCESS")


def _made(make: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def made() -> object:
        return make()

    return made
