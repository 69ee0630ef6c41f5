"""When an image does what at its start, told on the console: the guest's part of `pymirage run --trace-boot`.

A line `trace NANOSECONDS WHAT`, by the image's monotonic clock, when WHAT begins. Nothing else of the image
knows of it: the interpreter reports calls (`sys.setprofile`), and those that the generated program's `start`
makes are the devices' connecting and the application. While it reports, Python runs slower.
"""

from __future__ import annotations

import sys

from pymirage.driver.solo5 import _contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

# The generated program, and what it is called where main.py is for the host's Python.
PROGRAMS = ("main.py", "image.py")
OWN, BOOT = "pymirage/", "pymirage/boot/"

_known: list[FrameType] = []
"""Calls that were reported: a coroutine is "called" again whenever it goes on."""


def mark(what: str, moment: int | None = None) -> None:
    moment = _contract.clock_monotonic() if moment is None else moment
    _contract.console_write(f"trace {moment} {what}\n".encode())


def begin() -> None:
    mark("resume", _contract.start_moment())
    mark("read the command line")
    _watch_frames()
    sys.setprofile(_profile)


def _profile(frame: FrameType, event: str, _argument: object) -> None:
    caller = frame.f_back
    if event != "call" or caller is None or caller.f_code.co_filename not in PROGRAMS or frame in _known:
        return
    _known.append(frame)
    file, name = frame.f_code.co_filename, frame.f_code.co_qualname.partition(".")[0]
    if file.startswith(BOOT):
        return  # a key's value
    if file.startswith(OWN) or _is_driver(name, frame, caller.f_globals):
        mark(f"connect {name}")
    else:
        sys.setprofile(None)
        mark("main")


def _is_driver(name: str, frame: FrameType, program: Mapping[str, object]) -> bool:
    """Whether it is a device of the application's own: the program imports drivers by their names, but of the
    application the module.
    """
    module = frame.f_globals["__name__"]
    return any(
        (getattr(value, "__module__", None), getattr(value, "__qualname__", None)) == (module, name)
        for value in program.values()
    )


def _watch_frames() -> None:
    """The first frame that leaves. A device keeps the function that it found."""
    write = _contract.net_write
    sent = False

    def first(handle: int, *arguments: object) -> object:
        nonlocal sent
        if not sent:
            sent = True
            mark("first packet")
        return write(handle, *arguments)  # type: ignore[arg-type]

    _contract.net_write = first  # type: ignore[assignment]
