"""littlefs version 2: the file system of microcontrollers, which survives the loss of power at any moment."""

from pymirage.storage.littlefs.volume import LittleFs

__all__ = ["LittleFs"]
