"""Block devices made of other block devices."""

from pymirage.storage.block.cache import Cache
from pymirage.storage.block.part import Part
from pymirage.storage.block.read_only import ReadOnlyBlock

__all__ = ["Cache", "Part", "ReadOnlyBlock"]
