"""What goes wrong in cryptography. Each says no more than that: details help an attacker, not the user."""

from pymirage.error import PeerError


class InvalidTag(PeerError):
    """The data was not sealed with this key, nonce and associated data, or changed since."""


class InvalidSignature(PeerError):
    """The signature is not that of this key over this message."""


class InvalidKey(PeerError):
    """These octets are no key of this kind: malformed, not on the curve, of a size that is not allowed."""


class InvalidCiphertext(PeerError):
    """The data was not encrypted to this key, in this way."""
