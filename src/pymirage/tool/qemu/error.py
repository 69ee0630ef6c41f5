"""What cannot be done here, in one line with its remedy."""

from pymirage.error import UsageError


class QemuError(UsageError):
    """The machine cannot be started as it was asked for."""
