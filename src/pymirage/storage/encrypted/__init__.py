"""A disk whose content nobody reads or changes without the key: AES-CCM for each sector.

`layout` says what lies where, `header` how a wrong key is told, `disk` how a write survives a crash. What it
does not hide is which sectors are written, and how often. What it does not prevent is that the host brings
back an older state of the disk, or of one sector: nothing inside of a guest remembers better.
"""

from pymirage.storage.encrypted.disk import Encrypted, connect
from pymirage.storage.encrypted.header import WrongKey

__all__ = ["Encrypted", "WrongKey", "connect"]
