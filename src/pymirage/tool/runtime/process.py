"""Runs the build's commands: a clean environment, a log, no orphans, and one line when one fails."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pymirage.tool.runtime.error import RuntimeBuildError

# The day CPython 3.13.5 was released. The compiler writes it where source files ask for the date.
SOURCE_DATE_EPOCH = "1749600000"

ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def environment(**more: str) -> dict[str, str]:
    """Nothing of the caller's environment may reach an image, save where the programs are."""
    clean = {"LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH}
    return {"PATH": os.environ.get("PATH", os.defpath), **clean, **more}


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM, and SIGHUP of a closed terminal, end the block as Ctrl-C does: what is half made is removed,
    and no compiler goes on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    # Ignored (nohup) stays ignored.
    wanted = [number for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Runner:
    """Runs commands, one after the other, with their output in one log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)

    def run(
        self,
        command: Sequence[str | Path],
        directory: Path,
        line: Callable[[str], None] = lambda _: None,
        /,
        **variables: str,
    ) -> None:
        """Runs a command to its end. `line` sees each line of its output. Raises RuntimeBuildError."""
        last = ""
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(map(str, command))}\n")
            # A session of its own, so that an interrupt ends the compilers that make has started, too.
            child = subprocess.Popen(
                command,
                cwd=directory,
                env=environment(**variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            try:
                assert child.stdout is not None
                for text in child.stdout:
                    log.write(text)
                    last = telling(text, last)
                    line(text)
                status = child.wait()
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
        if status:
            raise self.failure(Path(command[0]).name, last)

    def answer(self, command: Sequence[str | Path]) -> str:
        """What a command prints on one line."""
        lines: list[str] = []
        self.run(command, self.log.parent, lines.append)
        return lines[-1].strip() if lines else ""

    def failure(self, program: str, line: str) -> RuntimeBuildError:
        if "No space left on device" in line:
            return RuntimeBuildError(f"no space left on the disk of {self.log.parent}; free a gigabyte there")
        if "fatal error:" in line and "No such file" in line:
            return RuntimeBuildError(f"headers are missing ({line.strip()}): apt-get install build-essential")
        return RuntimeBuildError(f"{program} failed: {line.strip() or 'no message'} (all of it: {self.log})")


def telling(text: str, before: str) -> str:
    """The line to show when the command fails: the first that looks like an error, or else the last one."""
    marks = ("error:", "No space left on device", "undefined reference")
    if any(mark in before for mark in marks):
        return before
    return text if text.strip() else before
