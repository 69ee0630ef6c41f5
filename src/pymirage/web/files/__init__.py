"""Static files from a key-value store."""

from pymirage.web.files.files import Files
from pymirage.web.files.settings import Settings

__all__ = ["Files", "Settings"]
