"""What every Sleep keeps (`pymirage.device.sleep`)."""

import asyncio

from pymirage.device import Sleep
from pymirage.error import UsageError
from tests.contract.clock import LATE
from tests.contract.expect import Make, equal, raises, true

MS = 1_000_000


async def sleeps_long_enough(make: Make[Sleep]) -> None:
    sleep = await make()
    loop = asyncio.get_running_loop()
    for duration in (1 * MS, 7 * MS, 20 * MS):
        start = loop.time()
        await sleep.sleep(duration)
        passed = (loop.time() - start) * 1e9
        true(passed >= duration - 2000, f"a sleep of {duration} ns ended after {passed:.0f} ns")
        true(passed < duration + LATE, f"a sleep of {duration} ns took {passed:.0f} ns")


async def shorter_sleeps_end_first(make: Make[Sleep]) -> None:
    sleep = await make()
    loop = asyncio.get_running_loop()
    # On a busy machine the last may have fallen asleep when the first one's time was over: then again.
    late = True
    while late:
        began: list[float] = []
        woken: list[int] = []

        async def sleeper(duration: int, began: list[float] = began, woken: list[int] = woken) -> None:
            began.append(loop.time())
            await sleep.sleep(duration * MS)
            woken.append(duration)

        async with asyncio.TaskGroup() as group:
            for duration in (30, 1, 15):
                group.create_task(sleeper(duration))
            await asyncio.sleep(0)
            late = loop.time() - began[0] > 0.01
    equal(woken, [1, 15, 30], "order of waking")


async def zero_lets_others_run(make: Make[Sleep]) -> None:
    sleep = await make()
    ran: list[str] = []

    async def other() -> None:
        ran.append("other")

    task = asyncio.create_task(other())
    await sleep.sleep(0)
    equal(ran, ["other"], "who ran during a sleep of 0 ns")
    await task


async def negative_is_refused(make: Make[Sleep]) -> None:
    sleep = await make()
    await raises(UsageError, sleep.sleep(-1), "a sleep of -1 ns")


async def can_be_cancelled(make: Make[Sleep]) -> None:
    sleep = await make()
    task = asyncio.create_task(sleep.sleep(3600 * 1000 * MS))
    await sleep.sleep(0)
    task.cancel()
    results = await asyncio.gather(task, return_exceptions=True)
    true(isinstance(results[0], asyncio.CancelledError), "a cancelled sleep ends")


CHECKS = (
    sleeps_long_enough,
    shorter_sleeps_end_first,
    zero_lets_others_run,
    negative_is_refused,
    can_be_cancelled,
)
