"""What stops the making of a runtime: one line that names the remedy."""

from __future__ import annotations

from pymirage.error import UsageError


class RuntimeBuildError(UsageError):
    """The tool prints the message as it is and exits 1."""
