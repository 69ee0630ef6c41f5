"""What can go wrong besides NoConnection and ConnectionLost of `pymirage.device.error`."""

from pymirage.error import PeerError


class BadResponse(PeerError):
    """The server broke HTTP; the message says how. Its connection is closed."""


class TimedOut(PeerError):
    """A time-out of the settings passed; the message says which."""


class TooLarge(PeerError):
    """The content is longer than the caller takes."""


class TooManyRedirects(PeerError):
    """A chain of redirects longer than the settings allow, or one that must not be followed."""
