"""What is wrong with an encoding."""

from pymirage.error import PeerError


class EncodingError(PeerError):
    """The octets are not DER, or not what the standard wants at this place; the message says where."""
