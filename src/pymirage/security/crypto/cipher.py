"""Encryption without authentication: for protocols and formats that add their own, or had none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Octets


class Cipher(ABC):
    """One direction of a stream: counter mode, or cipher block chaining without padding (NIST SP 800-38A)."""

    @abstractmethod
    def update(self, data: Octets) -> bytes:
        """The next part of the stream, as long as `data`.

        In cipher block chaining `data` is whole blocks; raises UsageError otherwise.
        """
