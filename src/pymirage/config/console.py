"""Consoles: where a unikernel writes text."""

from pymirage.config.catalogue import driver
from pymirage.config.value import Implementation


def default() -> Implementation:
    """The console of the platform."""
    return driver(
        "Console",
        host="host.console:HostConsole",
        solo5="solo5.console:Solo5Console",
        label="console",
        text="console.default()",
    )
