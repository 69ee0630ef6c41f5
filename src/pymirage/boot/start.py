"""The two stages of an image.

*Initialise* is everything up to the call of `boot`: the interpreter and the imports, which touch no
device, clock or entropy. It happens when an image is built. *Start* is the rest, at each boot: the command
line, the devices, the application.
"""

from __future__ import annotations

import _imp
import sys
from functools import partial

from pymirage.boot import stages
from pymirage.boot.arguments import HELP, LOGS, VERSION, Arguments, Keys, parse
from pymirage.boot.error import USAGE_STATUS
from pymirage.boot.facts import Facts
from pymirage.error import ArgumentError, DeviceError
from pymirage.sched.run import in_image, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, NoReturn, TypeAlias

    Start: TypeAlias = Callable[[Arguments], Coroutine[Any, Any, None]]

TRACE = "--trace-boot"
"""What `pymirage run --trace-boot` puts first on an image's command line."""
DEVICE_STATUS = 1
INTERRUPTED_STATUS = 130
"""128 + SIGINT, what a shell expects of a program that Ctrl-C ended."""

# The generated program imports this module first, and then the application.
if in_image():
    from pymirage.boot import absent

    absent.install()
    # Where there is importlib.resources (tool/image/policy.py): a name in a literal would be in all images.
    if _imp.is_frozen(f"{__package__}.resources"):
        __import__(f"{__package__}.resources", fromlist=["install"]).install()
_hint = __import__("pymirage.boot.hint", fromlist=["begin"]) if "pymirage-hints" in sys._xoptions else None
if _hint is not None:
    _hint.begin()


def boot(facts: Facts, keys: Keys, start: Start) -> None:
    """The end of the initialise stage: goes on, and does not return.

    While an image is built it only notes how to go on: what memory holds now is the image, and each boot of
    it begins with `_start`.
    """
    if _hint is not None:
        _hint.end()
    stages.finish_initialise()
    if in_image():
        from pymirage.boot import command_line  # noqa: F401
        from pymirage.driver.solo5 import _contract

        if _contract.initialised(partial(_start, facts, keys, start)):
            _rehearse(keys)
            return
    _start(facts, keys, start)


def _rehearse(keys: Keys) -> None:
    from pymirage.boot.rehearsal import rehearse

    rehearse(keys)


def _start(facts: Facts, keys: Keys, start: Start) -> NoReturn:
    """Read the command line, then run `start` to its end, and exit.

    The status is 0 when `start` returns, 64 for a wrong command line; an exception that nobody caught
    is printed with its traceback and gives 1 (a DeviceError in one line), SystemExit its own status.
    """
    try:
        stages.begin_start()
        arguments = _arguments(keys)
        _logs(arguments)
        if HELP in arguments.options or VERSION in arguments.options:
            _inform(facts, keys, arguments)
        else:
            run(start(arguments))
    except ArgumentError as error:
        print(f"{facts.name}: {error}", file=sys.stderr)
        sys.exit(USAGE_STATUS)
    except DeviceError as error:
        _explain(facts, error)
        sys.exit(DEVICE_STATUS)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED_STATUS)
    sys.exit(0)


def _explain(facts: Facts, error: DeviceError) -> None:
    """The host failed: whoever runs the image is to act, and gets a line; `-l debug` says where."""
    import logging

    logging.getLogger(__name__).debug("this is where:", exc_info=error)
    print(f"{facts.name}: {error.strerror or error}", file=sys.stderr)


def _arguments(keys: Keys) -> Arguments:
    """From what the host's process was given, or the one string that the contract hands to an image."""
    if not in_image():
        import os

        from pymirage.boot.attachments import take

        attached, line = take(sys.argv[1:])
        return parse(keys, line, os.environ, attached)
    from pymirage.boot.command_line import split
    from pymirage.driver.solo5 import _contract

    line = split(_contract.command_line())
    if line[:1] == [TRACE]:
        from pymirage.boot import trace

        del line[0]
        trace.begin()
    return parse(keys, line, {})


def _logs(arguments: Arguments) -> None:
    levels = arguments.options.get(LOGS)
    if levels is not None:
        from pymirage.boot import logs

        logs.start(logs.parse(levels))


def _inform(facts: Facts, keys: Keys, arguments: Arguments) -> None:
    from pymirage.boot.help_text import help_text, version_text

    try:
        print(help_text(facts, keys) if HELP in arguments.options else version_text(facts), flush=True)
    except BrokenPipeError:
        # As in `--help | head`: who reads has seen enough, and Python must not try again at exit.
        sys.stdout = None
