"""Places in config.py: every value remembers where it was written, so that errors can name the line."""

import sys
from dataclasses import dataclass
from pathlib import Path

_CONFIG_PACKAGE = str(Path(__file__).parent)


@dataclass(frozen=True)
class Location:
    """A line of a file, printed as editors and compilers do: `config.py:6`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def here() -> Location | None:
    """The innermost line outside this package on the call stack: where the user wrote the value."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_CONFIG_PACKAGE):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return Location(Path(frame.f_code.co_filename).name, frame.f_lineno)
