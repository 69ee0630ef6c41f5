"""Hash functions and message authentication codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Octets


class Hash(ABC):
    """What `hashlib` gives: octets in, a digest out."""

    @property
    @abstractmethod
    def digest_size(self) -> int:
        """Octets of the digest."""

    @property
    @abstractmethod
    def block_size(self) -> int:
        """Octets that are taken in at a time."""

    @abstractmethod
    def update(self, data: Octets) -> None:
        """Takes in more of the message."""

    @abstractmethod
    def digest(self) -> bytes:
        """Of what was taken in so far; more may follow."""

    @abstractmethod
    def copy(self) -> Hash:
        """Another that has taken in the same, and goes its own way."""
