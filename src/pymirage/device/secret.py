"""Something that only the application may know: a key, a password, a token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager


class Secret(ABC):
    """Never shown: `repr` and `str` do not have it, and it comes from no command line.

    What Python copied, Python does not wipe: whoever takes `bytes` of it, or formats it, has made another one
    in memory.
    """

    @abstractmethod
    def revealed(self) -> AbstractContextManager[memoryview]:
        """Its octets, while the block runs. Raises Closed after `wipe`.

        with secret.revealed() as octets:
            aead = provider.aead("aes-gcm", octets)
        """

    @abstractmethod
    def wipe(self) -> None:
        """Overwrites it. Twice is harmless."""
