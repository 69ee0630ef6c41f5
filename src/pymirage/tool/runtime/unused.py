"""What is cheap to make again and was not asked for in a month: compiled modules, bytecode.

Their keys follow from sources, which change with every edit; nothing else would tell that an entry has
become of no use. File systems note when a file is read, most of them once a day (relatime), some never
(noatime): there an entry lasts a month.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

KINDS = ("bytecode", "hot")
MONTH = 30 * 24 * 3600


def remove_unused(root: Path, now: float) -> int:
    """Octets that are free again. root: of the cache; now: seconds since 1970."""
    freed = 0
    for kind in KINDS:
        for entry in (root / kind).rglob("*"):
            # Another process may be doing the same.
            with suppress(FileNotFoundError):
                found = entry.lstat()
                if now - max(found.st_atime, found.st_mtime) > MONTH and not entry.is_dir():
                    entry.unlink()
                    freed += found.st_size
    return freed
