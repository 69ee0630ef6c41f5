"""Simulated time: programs that sleep for days end at once, in the same order every time."""

import asyncio

from pymirage.driver.memory.clock import MockClock, MockWallClock
from pymirage.driver.sleep import LoopSleep
from pymirage.sched.virtual import run_virtual

SECOND = 1_000_000_000
DAY = 86400 * SECOND


def test_time_jumps_to_the_nanosecond() -> None:
    clock = MockClock()

    async def main() -> list[int]:
        moments = []
        for duration in (1, 7, SECOND, DAY + 3):
            await clock.sleep(duration)
            moments.append(clock.now())
        return moments

    assert run_virtual(main(), clock) == [1, 8, SECOND + 8, SECOND + DAY + 11]


def test_far_from_zero_too() -> None:
    clock = MockClock(now=60 * 365 * DAY)

    async def main() -> int:
        start = clock.now()
        for _ in range(10):
            await clock.sleep(3)
        return clock.now() - start

    assert run_virtual(main(), clock) == 30


def test_sleepers_due_together_wake_in_the_order_of_falling_asleep() -> None:
    clock = MockClock()
    woken: list[int] = []

    async def sleeper(number: int) -> None:
        await clock.sleep(SECOND)
        woken.append(number)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(sleeper(number))

    run_virtual(main(), clock)
    assert woken == list(range(50))


def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = MockClock()

    async def main() -> int:
        task = asyncio.create_task(clock.sleep(DAY))
        await clock.sleep(1)
        task.cancel()
        await clock.sleep(2 * DAY)
        assert task.cancelled()
        return clock.now()

    assert run_virtual(main(), clock) == 2 * DAY + 1


def test_asyncios_own_timers_obey() -> None:
    clock = MockClock()

    async def main() -> int:
        try:
            async with asyncio.timeout(3600):
                await LoopSleep().sleep(DAY)
        except TimeoutError:
            return clock.now()
        return -1

    assert run_virtual(main(), clock) == 3600 * SECOND


def test_a_busy_machine_is_late() -> None:
    clock = MockClock()

    async def main() -> int:
        asyncio.get_running_loop().call_soon(clock.advance, 5 * SECOND)
        await clock.sleep(SECOND)
        return clock.now()

    assert run_virtual(main(), clock) == 5 * SECOND


def test_the_date_moves_along_and_can_be_set() -> None:
    clock = MockClock()
    date = MockWallClock(clock, date=1_000 * SECOND)

    async def main() -> tuple[int, int]:
        await clock.sleep(SECOND)
        before = date.now()
        date.set(0)
        await clock.sleep(2 * SECOND)
        return before, date.now()

    assert run_virtual(main(), clock) == (1_001 * SECOND, 2 * SECOND)
