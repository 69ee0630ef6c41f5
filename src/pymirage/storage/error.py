"""What can be wrong with the content of a disk.

The contract of key-value devices calls a format that fails a DeviceError, so these are. Each message
names the place, in bytes from the start of the device, so that `xxd -s` shows it.
"""

from pymirage.error import DeviceError


class StorageError(DeviceError):
    """The content of a device breaks the format that it claims to have."""

    def __init__(self, what: str, offset: int | None = None) -> None:
        super().__init__(what if offset is None else f"{what} (at byte {offset:#x})")
        self.what = what
        self.offset = offset


class WrongFormat(StorageError):
    """The device holds no such file system: another one, none, or one larger than the device."""
