"""The event loop in real images: what it prints when a program fails, and that it rests."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from pathlib import Path

from tests.boot_images.harness import Lab, Run, runtime


def boot(lab: Lab, body: str) -> Run:
    """An application whose `main` has this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = f"import asyncio\n\n\nasync def main() -> None:\n{lines}"
    return lab.boot(lab.build({"unikernel.py": source}))


def test_a_failing_task_group(lab: Lab) -> None:
    run = boot(
        lab,
        """
async def fail(why):
    raise ValueError(why)
async with asyncio.TaskGroup() as group:
    group.create_task(asyncio.sleep(3600))
    group.create_task(fail("no luck"))
""",
    )
    assert run.status == 1
    assert "ValueError: no luck" in run.console
    assert 'File "unikernel.py", line' in run.console


def test_a_failing_task_that_nobody_awaits_is_told(lab: Lab) -> None:
    run = boot(
        lab,
        """
async def fail():
    raise ValueError("unheard")
asyncio.create_task(fail())
await asyncio.sleep(0.01)
print("still here")
""",
    )
    assert run.status == 0
    assert "Task exception was never retrieved" in run.console
    assert "ValueError: unheard" in run.console
    assert run.console.endswith("still here\n")


def test_a_failing_callback_is_told(lab: Lab) -> None:
    run = boot(
        lab,
        """
asyncio.get_running_loop().call_later(0.01, lambda: 1 / 0)
await asyncio.sleep(0.02)
""",
    )
    assert run.status == 0
    assert "ZeroDivisionError" in run.console


def test_nothing_left_to_wait_for(lab: Lab) -> None:
    run = boot(lab, "await asyncio.Event().wait()")
    assert run.status == 1
    assert "deadlock: nothing left to wait for" in run.console
    assert "unikernel.py:5, in main" in run.console


def test_exit_status_of_the_program(lab: Lab) -> None:
    assert boot(lab, "raise SystemExit(7)").status == 7


def test_threads_signals_and_networks_are_refused_clearly(lab: Lab) -> None:
    run = boot(
        lab,
        """
import signal
loop = asyncio.get_running_loop()
print(await asyncio.to_thread(divmod, 7, 2))
for attempt in (
    lambda: loop.create_server(asyncio.Protocol, "0.0.0.0", 80),
    lambda: loop.getaddrinfo("localhost", 80),
    lambda: asyncio.create_subprocess_exec("true"),
):
    try:
        await attempt()
    except (OSError, NotImplementedError) as error:
        print(error)
try:
    loop.add_signal_handler(signal.SIGTERM, print)
except NotImplementedError as error:
    print(error)
""",
    )
    assert run.status == 0, run.console
    assert run.console == (
        "(3, 1)\n"
        "[Errno 100] this image has no network stack\n"
        "[Errno 100] this image has no network stack\n"
        "an image has no other processes\n"
        "an image has no signals\n"
    )


def test_an_idle_image_uses_no_cpu(lab: Lab) -> None:
    """Two seconds of sleep, with some hundred timers that never come to be due."""
    image = lab.build(
        {
            "unikernel.py": """
import asyncio


async def main() -> None:
    print("up", flush=True)
    idle = [asyncio.create_task(asyncio.sleep(3600 + number)) for number in range(100)]
    await asyncio.sleep(2)
"""
        }
    )
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen([*runtime(lab.target).starter, image.path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        started = processor_time(process.pid)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.returncode == 0
    assert time.monotonic() - began >= 2
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - started
    # Its end is in it, which under emulation is not nothing; an image that does not rest would use two.
    assert used < 1, f"{used} s of CPU, after {started} s for the start"


def processor_time(process: int) -> float:
    """Seconds of a process and of those that it started and waits for (proc_pid_stat(5))."""
    place = Path(f"/proc/{process}")
    fields = (place / "stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = (place / "task" / str(process) / "children").read_text().split()
    return own + sum(processor_time(int(child)) for child in children)
