"""What ends a command: one line on stderr that says what to do, and the exit status."""

from __future__ import annotations

from pymirage.error import UsageError

FAILURE = 1
"""The command was understood and could not be done."""
MISUSE = 2
"""The command line itself is wrong."""


class ToolError(UsageError):
    """The message is the line that is printed."""

    def __init__(self, message: str, status: int = FAILURE) -> None:
        super().__init__(message)
        self.status = status
