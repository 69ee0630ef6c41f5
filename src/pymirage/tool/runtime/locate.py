"""Where the C beneath Python is: `runtime/` of a checkout, or the copy that an installed pymirage carries."""

from __future__ import annotations

from pathlib import Path

import pymirage
from pymirage.tool.runtime.error import RuntimeBuildError


def sources() -> Path:
    """The directory that holds `include/`, `bindings/`, `libc/`, `python/` and `tenders/`."""
    package = Path(pymirage.__file__).parent
    for candidate in (package.parent.parent / "runtime", package / "_runtime"):
        if (candidate / "libc" / "syscall.c").is_file():
            return candidate
    raise RuntimeBuildError(f"the C sources are missing beside {package}; install pymirage again")
