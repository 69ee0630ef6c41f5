"""Named errors of devices, each one of the three kinds in `pymirage.error`."""

from pymirage.error import DeviceError, PeerError, UsageError


class NotFound(UsageError):
    """Nothing is stored under this key."""


class IsDirectory(UsageError):
    """The key names a directory where a value is wanted."""


class NotDirectory(UsageError):
    """The key names, or passes through, a value where a directory is wanted."""


class BadKey(UsageError):
    """The text is no key, or no name that this store's format can hold."""


class ReadOnly(UsageError):
    """The device was opened, or was made, only to be read."""


class OutOfRange(UsageError):
    """The offset or length lies outside the device or the value, or is negative."""


class Closed(UsageError):
    """The device was used after the caller closed it."""


class NoSpace(DeviceError):
    """The store is full; what it held before is intact."""


class ConnectionLost(PeerError):
    """The other end of a flow has gone, and what is written can reach nobody."""


class NoConnection(PeerError):
    """Nobody answered, or the peer refused; the message says which, and where."""


class AddressInUse(UsageError):
    """Something else listens on this port already."""
