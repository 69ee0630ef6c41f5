"""Authenticated encryption with associated data (RFC 5116)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Octets


class Aead(ABC):
    """A key, ready to seal and open. Two messages sealed with one nonce give away both, and more.

    Lengths that the algorithm does not have raise UsageError.
    """

    @property
    @abstractmethod
    def tag_size(self) -> int:
        """Octets that sealing adds."""

    @abstractmethod
    def seal(self, nonce: Octets, plaintext: Octets, associated: Octets = b"") -> bytes:
        """The ciphertext with the tag behind it; `associated` is protected with it, and not part of it."""

    @abstractmethod
    def open(self, nonce: Octets, sealed: Octets, associated: Octets = b"") -> bytes:
        """The plaintext. Raises InvalidTag, and then nothing of the plaintext is known."""
