"""FAT12, FAT16 and FAT32 volumes with long names, as every other system reads and writes them."""

from pymirage.storage.fat.volume import Fat

__all__ = ["Fat"]
