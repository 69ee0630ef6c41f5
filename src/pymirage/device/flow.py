"""Two streams of bytes, one each way, between us and one peer."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Flow(ABC):
    """A connection: bytes arrive in the order in which they were written, in pieces of any size.

    At most one task reads and one writes at a time. A cancelled read has taken nothing; a cancelled
    write may have sent a beginning of its data, so the flow is then fit only to be closed.
    """

    @abstractmethod
    async def read(self) -> bytes:
        """The next bytes, as soon as there are any; b"" once the peer has shut down its side, from then on.

        Raises ConnectionLost when the peer vanished without a shutdown, Closed after `close`.
        """

    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Takes all of `data`, waiting while the peer is too slow to read what was written before.

        Returning does not mean that the peer has it. Raises ConnectionLost when the peer reads no more,
        Closed after `close` or after the sending side was shut down.
        """

    async def writev(self, pieces: Sequence[bytes]) -> None:
        """As one `write` of the pieces joined; an implementation may spare the joining."""
        await self.write(b"".join(pieces))

    @abstractmethod
    async def shutdown(self, *, read: bool = False, write: bool = False) -> None:
        """Ends one or both directions.

        write: the peer reads what was written, then b"". read: further bytes from the peer are thrown
        away, `read` gives b"", and the peer's writes may fail. Twice is harmless; Closed after `close`.
        """

    @abstractmethod
    async def close(self) -> None:
        """Ends both directions and frees the flow; written bytes are still delivered. Twice is harmless."""
