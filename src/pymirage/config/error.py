"""Errors found while configuring: one line that begins with the place in config.py."""

from pymirage.config.location import Location
from pymirage.error import UsageError


class ConfigError(UsageError):
    """The configuration is wrong. The message says what was wanted, what was got, what to write instead."""

    def __init__(self, location: Location | None, message: str) -> None:
        super().__init__(f"{location}: {message}" if location is not None else message)
        self.location = location
        self.message = message
