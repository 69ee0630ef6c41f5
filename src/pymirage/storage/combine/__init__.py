"""Key-value stores made of other key-value stores."""

from pymirage.storage.combine.cache import Cache
from pymirage.storage.combine.overlay import Overlay
from pymirage.storage.combine.prefix import Prefix, PrefixReader

__all__ = ["Cache", "Overlay", "Prefix", "PrefixReader"]
