"""What ends a command: one line on stderr that says what to do, and the exit status."""

from __future__ import annotations

import errno
import os
from pathlib import Path

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


_REMEDIES = {
    errno.ENOSPC: "free some space on its disk",
    errno.EDQUOT: "free some of your quota",
    errno.EROFS: "use a directory that can be written",
    errno.EACCES: "use a directory that is yours, or ask its owner",
}


def explain(error: OSError, cache: Path) -> str:
    """The line for what the host refused: the file, why, and what to do about it."""
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    remedy = _REMEDIES.get(error.errno or 0, "")
    if remedy and place and Path(os.fsdecode(error.filename)).is_relative_to(cache):
        remedy += ", XDG_CACHE_HOME names another place for the cache"
    return f"{place}{error.strerror or error}{f' ({remedy})' if remedy else ''}"
