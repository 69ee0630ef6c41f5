"""The fakes keep the same contracts as what they stand for."""

from __future__ import annotations

import pytest

from pymirage.driver.memory.block import RamBlock
from pymirage.driver.memory.clock import MockClock, MockWallClock
from pymirage.driver.memory.console import RecordingConsole
from pymirage.driver.memory.flow import flow_pair
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.driver.memory.net import net_pair
from pymirage.driver.memory.random import SeededRandom
from pymirage.sched.virtual import run_virtual
from tests.contract import block, clock, console, flow, key_value, key_value_reader, net, random, sleep
from tests.contract.fixture import Check, each, keep


@each(*console.CHECKS)
def test_console(check: Check) -> None:
    recording = RecordingConsole()
    keep(check, lambda: recording)
    assert recording.written == console.WRITTEN


@each(*clock.MONOTONIC_CHECKS, *sleep.CHECKS)
def test_clock_and_sleep(check: Check) -> None:
    mock = MockClock()

    async def made() -> MockClock:
        return mock

    run_virtual(check(made), mock)  # type: ignore[arg-type]


@each(*clock.WALL_CHECKS)
def test_wall_clock(check: Check) -> None:
    mock = MockClock()

    async def made() -> MockWallClock:
        return MockWallClock(mock, date=10**18)

    run_virtual(check(made), mock)  # type: ignore[arg-type]


@each(*random.CHECKS)
def test_random(check: Check) -> None:
    keep(check, lambda: SeededRandom(7))


@each(*key_value_reader.CHECKS)
def test_key_value_reader(check: Check) -> None:
    keep(check, lambda: MemoryKeyValue(key_value_reader.CONTENT))


@each(*key_value.CHECKS)
def test_key_value(check: Check) -> None:
    keep(check, MemoryKeyValue)


@pytest.mark.parametrize("sector_size", [512, 4096])
@each(*block.CHECKS)
def test_block(check: Check, sector_size: int) -> None:
    keep(check, lambda: RamBlock(128, sector_size=sector_size))


@each(*flow.CHECKS)
def test_flow(check: Check) -> None:
    keep(check, flow_pair)


@each(*net.CHECKS)
def test_net(check: Check) -> None:
    keep(check, net_pair)
