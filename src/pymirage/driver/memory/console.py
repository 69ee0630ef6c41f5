"""A console that remembers what was written to it."""

from pymirage.device import Console


class RecordingConsole(Console):
    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> None:
        self.written += data

    def text(self) -> str:
        """All that was written, as UTF-8."""
        return self.written.decode()
