"""Tar archives on a block device (POSIX.1-2001 ustar and pax; GNU long names and large numbers).

`Tar` reads an archive, `TarStore` also writes: each change is appended or put in a hole, becomes
valid with the write of one sector, and leaves an archive that other tar programs read.
"""

from pymirage.storage.tar.reader import Tar
from pymirage.storage.tar.store import TarStore

__all__ = ["Tar", "TarStore"]
