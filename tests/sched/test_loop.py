"""asyncio on an image's loop, with a scripted platform beneath it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from pymirage.device.platform import FOREVER, STOP
from pymirage.sched.deadlock import Deadlock
from pymirage.sched.loop import EventLoop
from tests.sched.scripted import ScriptedPlatform

T = TypeVar("T")

MS = 1_000_000
SECOND = 1000 * MS


def run(main: Coroutine[Any, Any, T], platform: ScriptedPlatform | None = None) -> T:
    platform = platform or ScriptedPlatform()
    with asyncio.Runner(loop_factory=lambda: EventLoop(platform)) as runner:
        return runner.run(main)


def loop() -> EventLoop:
    running = asyncio.get_running_loop()
    assert isinstance(running, EventLoop)
    return running


# -- time --


def test_sleep_waits_until_its_deadline_and_no_longer() -> None:
    platform = ScriptedPlatform()
    run(asyncio.sleep(1.5), platform)
    assert platform.waits == [1500 * MS]
    assert platform.now() == 1500 * MS


def test_timers_fire_in_order() -> None:
    async def main() -> list[str]:
        fired: list[str] = []
        loop().call_later(0.3, fired.append, "third")
        loop().call_later(0.1, fired.append, "first")
        loop().call_later(0.2, fired.append, "second")
        loop().call_soon(fired.append, "at once")
        await asyncio.sleep(0.4)
        return fired

    assert run(main()) == ["at once", "first", "second", "third"]


def test_a_cancelled_timer_does_not_fire() -> None:
    async def main() -> list[str]:
        fired: list[str] = []
        loop().call_later(0.1, fired.append, "never").cancel()
        await asyncio.sleep(0.2)
        return fired

    assert run(main()) == []


def test_many_cancelled_timers_are_swept_out() -> None:
    async def main() -> int:
        for _ in range(200):
            loop().call_later(1000, print).cancel()
        await asyncio.sleep(0.1)
        return len(loop()._scheduled)

    assert run(main()) == 0


def test_a_debugged_loop_behaves_the_same() -> None:
    platform = ScriptedPlatform([(2 * SECOND, 1 << 1)])

    async def main() -> float:
        loop().set_debug(True)
        heard = asyncio.Event()

        def read() -> None:
            platform.ready = 0
            heard.set()

        loop().add_device_reader(1, read)
        await heard.wait()
        await asyncio.sleep(1)
        return loop().time()

    assert run(main(), platform) == 3.0


@pytest.mark.parametrize("debug", [False, True])
def test_a_callback_that_fails_is_told_and_those_behind_it_run_in_order(debug: bool) -> None:
    async def main() -> list[str]:
        told: list[str] = []
        loop().set_debug(debug)
        loop().set_exception_handler(lambda _, context: told.append(context["message"]))
        loop().call_soon(int, "x")
        loop().call_soon(told.append, "second")
        loop().call_soon(told.append, "third")
        await asyncio.sleep(1)
        return told

    failed, *others = run(main())
    assert failed.startswith("Exception in callback int(")
    assert others == ["second", "third"]


def test_a_callback_that_ends_the_program_does() -> None:
    async def main() -> None:
        loop().call_soon(sys.exit, 3)
        await asyncio.sleep(1)

    with pytest.raises(SystemExit, match="3"):
        run(main())


def test_a_reader_that_fails_is_told_and_others_run() -> None:
    platform = ScriptedPlatform([(SECOND, 1 << 1)])

    async def main() -> list[str]:
        told: list[str] = []
        loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))

        def read() -> None:
            platform.ready = 0
            raise ValueError("a frame")

        loop().add_device_reader(1, read)
        await asyncio.sleep(2)
        return told

    assert run(main(), platform) == ["a frame"]


def test_a_reader_in_the_place_of_another_is_the_one_that_runs() -> None:
    platform = ScriptedPlatform([(SECOND, 1 << 1), (2 * SECOND, 1 << 1), (3 * SECOND, 1 << 1)])

    async def main() -> list[str]:
        heard: list[str] = []

        def read(name: str) -> None:
            platform.ready = 0
            heard.append(name)
            if len(heard) == 2:
                loop().remove_device_reader(1)
                loop().add_device_reader(1, read, "second")

        loop().add_device_reader(1, read, "first")
        await asyncio.sleep(4)
        return heard

    assert run(main(), platform) == ["first", "first", "second"]


@pytest.mark.parametrize("debug", [False, True])
def test_the_end_of_a_turn_is_before_what_the_turn_asked_for(debug: bool) -> None:
    async def main() -> list[str]:
        happened: list[str] = []
        loop().set_debug(debug)
        end = loop().turn_end(lambda: happened.append("end"))

        def first() -> None:
            end()
            loop().call_soon(happened.append, "next turn")
            happened.append("first")

        loop().call_soon(first)
        loop().call_soon(happened.append, "second")
        await asyncio.sleep(1)
        return happened

    assert run(main()) == ["first", "second", "end", "next turn"]


def test_what_is_asked_for_at_the_end_of_a_turn_does_not_wait_for_time() -> None:
    platform = ScriptedPlatform()

    async def main() -> None:
        again = loop().turn_end(lambda: None)
        loop().turn_end(again)()
        await asyncio.sleep(1)

    run(main(), platform)
    assert platform.waits == [1000 * MS]


def test_an_end_that_fails_is_told_and_others_run() -> None:
    async def main() -> list[object]:
        told: list[object] = []
        loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
        loop().turn_end(lambda: 1 // 0)()
        loop().turn_end(lambda: told.append("other"))()
        await asyncio.sleep(1)
        return told

    failed, other = run(main())
    assert isinstance(failed, ZeroDivisionError) and other == "other"


def test_busy_tasks_do_not_ask_the_platform() -> None:
    """Every question is a way out to the tender; without devices there is nothing to ask."""
    platform = ScriptedPlatform()

    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    run(main(), platform)
    assert platform.waits == []


def test_idle_is_one_long_wait() -> None:
    platform = ScriptedPlatform()
    run(asyncio.sleep(3600), platform)
    assert platform.waits == [3600 * SECOND]


def test_time_passes_for_a_loop_that_has_run_for_months() -> None:
    """Seconds are floating point: far from zero their steps are longer than a nanosecond."""
    platform = ScriptedPlatform()

    async def main() -> None:
        await asyncio.sleep(200 * 86400)
        for _ in range(100):
            await asyncio.sleep(1e-9)

    run(main(), platform)
    assert len(platform.waits) < 1000


# -- tasks --


def test_timeout_cancels() -> None:
    async def main() -> str:
        try:
            async with asyncio.timeout(1):
                await asyncio.sleep(10)
        except TimeoutError:
            return "too late"
        return "in time"

    assert run(main()) == "too late"


def test_task_group_cancels_the_others_when_one_fails() -> None:
    cancelled: list[str] = []

    async def patient() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            cancelled.append("patient")
            raise

    async def failing() -> None:
        await asyncio.sleep(1)
        raise ValueError("no")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(patient())
            group.create_task(failing())

    with pytest.raises(ExceptionGroup) as caught:
        run(main())
    assert [str(error) for error in caught.value.exceptions] == ["no"]
    assert cancelled == ["patient"]


def test_left_over_tasks_are_cancelled_at_the_end() -> None:
    ended: list[str] = []

    async def left_over() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append("left over")

    async def main() -> None:
        task = asyncio.create_task(left_over())
        await asyncio.sleep(0)
        assert not task.done()

    run(main())
    assert ended == ["left over"]


def test_what_main_raises_comes_out() -> None:
    async def main() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run(main())


def test_async_generators_are_closed() -> None:
    closed: list[bool] = []

    async def numbers() -> Any:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    async def main() -> None:
        async for _ in numbers():
            return

    run(main())
    assert closed == [True]


def test_queues_events_and_locks() -> None:
    async def produce(queue: asyncio.Queue[int]) -> None:
        for number in range(5):
            await queue.put(number)

    async def main() -> list[int]:
        queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1)
        async with asyncio.TaskGroup() as group:
            group.create_task(produce(queue))
            return [await queue.get() for _ in range(5)]

    assert run(main()) == [0, 1, 2, 3, 4]


# -- standing still --


def test_nothing_left_to_wait_for_names_who_waits() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock) as caught:
        run(main())
    message = str(caught.value)
    assert message.startswith("deadlock: nothing left to wait for")
    assert "Task-" in message
    assert f"{__file__}:" in message
    assert "in main" in message


def test_tasks_clean_up_after_a_deadlock() -> None:
    cleaned: list[bool] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            cleaned.append(True)

    with pytest.raises(Deadlock):
        run(main())
    assert cleaned == [True]


# -- devices --


def test_a_ready_device_calls_its_reader() -> None:
    platform = ScriptedPlatform([(2 * SECOND, 1 << 3)])

    async def main() -> tuple[str, float]:
        heard = loop().create_future()

        def read(text: str) -> None:
            platform.ready = 0
            heard.set_result(text)

        loop().add_device_reader(3, read, "three")
        result = await heard
        assert loop().remove_device_reader(3)
        return result, loop().time()

    assert run(main(), platform) == ("three", 2.0)
    assert platform.waits[0] == FOREVER


def test_a_device_that_stays_ready_is_read_again_and_others_run() -> None:
    platform = ScriptedPlatform([(0, 1 << 1)])

    async def main() -> list[str]:
        order: list[str] = []

        def read() -> None:
            order.append("read")
            if order.count("read") == 3:
                platform.ready = 0

        loop().add_device_reader(1, read)
        for _ in range(4):
            await asyncio.sleep(0)
            order.append("task")
        loop().remove_device_reader(1)
        return order

    order = run(main(), platform)
    assert order.count("read") == 3
    assert order.index("task") < 3, "the task had its turn between the reads"


def test_a_host_that_asks_for_an_end_gets_a_tidy_one() -> None:
    """Bit 0 is no device's: what runs is cancelled, puts away what it has, and the status is SIGTERM's."""
    platform = ScriptedPlatform([(SECOND, STOP), (3 * SECOND, 0)])
    told: list[str] = []

    async def main() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            platform.ready = 0
            await asyncio.sleep(1)
            told.append(f"put away at {loop().time()}")

    with pytest.raises(SystemExit) as end:
        run(main(), platform)
    assert (end.value.code, told) == (143, ["put away at 2.0"])


def test_devices_are_told_apart() -> None:
    platform = ScriptedPlatform([(MS, 0b110)])

    async def main() -> list[int]:
        called: list[int] = []

        def read(handle: int) -> None:
            called.append(handle)
            platform.ready &= ~(1 << handle)

        for handle in range(4):
            loop().add_device_reader(handle, read, handle)
        await asyncio.sleep(0.01)
        return called

    assert sorted(run(main(), platform)) == [1, 2]


def test_removing_a_reader_that_is_not_there() -> None:
    async def main() -> bool:
        return loop().remove_device_reader(7)

    assert run(main()) is False


# -- what an image has not --


def test_executor_runs_at_once() -> None:
    async def main() -> tuple[int, int]:
        return await loop().run_in_executor(None, divmod, 7, 2)

    assert run(main()) == (3, 1)


def test_executor_passes_exceptions_on() -> None:
    async def main() -> None:
        await asyncio.to_thread(divmod, 1, 0)

    with pytest.raises(ZeroDivisionError):
        run(main())


def test_call_soon_threadsafe_is_call_soon() -> None:
    async def main() -> list[int]:
        called: list[int] = []
        loop().call_soon_threadsafe(called.append, 1)
        await asyncio.sleep(0)
        return called

    assert run(main()) == [1]


def test_no_network_is_an_os_error() -> None:
    async def main() -> None:
        await asyncio.open_connection("192.0.2.1", 80)

    with pytest.raises(OSError, match="no network stack"):
        run(main())


def test_no_server_either() -> None:
    async def main() -> None:
        await asyncio.start_server(lambda *_: None, "0.0.0.0", 80)

    with pytest.raises(OSError, match="no network stack"):
        run(main())


def test_no_processes() -> None:
    async def main() -> None:
        await asyncio.create_subprocess_exec("true")

    with pytest.raises(NotImplementedError, match="other processes"):
        run(main())


def test_no_signals() -> None:
    async def main() -> None:
        loop().add_signal_handler(15, print)

    with pytest.raises(NotImplementedError, match="signals"):
        run(main())
