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
    from types import FrameType

# The generated program, and what it is called where main.py is for the host's Python.
PROGRAMS = ("main.py", "image.py")
OWN = "pymirage/"


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
    if event != "call" or caller is None or caller.f_code.co_filename not in PROGRAMS:
        return
    if frame.f_code.co_filename.startswith(OWN):
        mark(f"connect {frame.f_code.co_qualname}")
    else:
        sys.setprofile(None)
        mark("main")


def _watch_frames() -> None:
    """The first frame that leaves."""
    write = _contract.net_write

    def first(handle: int, *arguments: object) -> object:
        mark("first packet")
        _contract.net_write = write
        return write(handle, *arguments)  # type: ignore[arg-type]

    _contract.net_write = first  # type: ignore[assignment]
