"""Where a unikernel's words come out."""

from abc import ABC, abstractmethod


class Console(ABC):
    """Output for people and logs: bytes, normally lines of UTF-8 text.

    `print` in an image reaches the same place, in the order of the calls.
    """

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Writes all of `data`, and returns when the host has it. Nothing is added, no newline either.

        Raises DeviceError when the host's end is closed.
        """
