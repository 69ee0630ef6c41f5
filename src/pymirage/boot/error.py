"""The one error of a boot command line, and the exit status that it leads to."""

from pymirage.error import ArgumentError

USAGE_STATUS = 64
"""EX_USAGE of sysexits.h: the command line was wrong, nothing was started."""


class BootError(ArgumentError):
    """The boot command line is wrong; the message is one line that says what was expected."""
