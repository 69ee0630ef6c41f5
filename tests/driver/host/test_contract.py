"""The drivers for a process of the host keep the contracts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pymirage.device import Block
from pymirage.driver.host.block import FileBlock
from pymirage.driver.host.clock import HostMonotonicClock, HostWallClock
from pymirage.driver.host.console import HostConsole
from pymirage.driver.host.directory import Directory
from pymirage.driver.host.random import HostRandom
from pymirage.driver.host.writable_directory import WritableDirectory
from pymirage.driver.sleep import LoopSleep
from tests.contract import block, clock, console, key_value, key_value_reader, random, sleep
from tests.contract.fixture import Check, each, keep


@each(*console.CHECKS)
def test_console(check: Check, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    keep(check, HostConsole)
    assert capfdbinary.readouterr().out == console.WRITTEN


@each(*clock.MONOTONIC_CHECKS)
def test_monotonic_clock(check: Check) -> None:
    keep(check, HostMonotonicClock)


@each(*clock.WALL_CHECKS)
def test_wall_clock(check: Check) -> None:
    keep(check, HostWallClock)


@each(*sleep.CHECKS)
def test_sleep(check: Check) -> None:
    keep(check, LoopSleep)


@each(*random.CHECKS)
def test_random(check: Check) -> None:
    keep(check, HostRandom)


@each(*key_value_reader.CHECKS)
def test_directory(check: Check, tmp_path: Path) -> None:
    for key, value in key_value_reader.CONTENT.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(value)
    keep(check, lambda: Directory(str(tmp_path)))
    keep(check, lambda: WritableDirectory(str(tmp_path)))


@each(*key_value.CHECKS)
def test_writable_directory(check: Check, tmp_path: Path) -> None:
    keep(check, lambda: WritableDirectory(str(tmp_path)))


@each(*block.CHECKS)
def test_block(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(bytes(512 * 100))

    async def made() -> Block:
        return await FileBlock.connect(str(path))

    asyncio.run(check(made))  # type: ignore[arg-type]
