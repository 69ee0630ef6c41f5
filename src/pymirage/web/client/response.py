"""A response, whose content is read while it arrives."""

from __future__ import annotations

from pymirage.error import PeerError
from pymirage.protocol.http.events import Data, End
from pymirage.protocol.http.fields import Fields
from pymirage.web.client.decoding import decoder_of
from pymirage.web.client.error import BadResponse, TooLarge
from pymirage.web.message import Incoming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.protocol.http.events import ResponseHead
    from pymirage.web.client.exchange import Exchange
    from pymirage.web.client.url import Url


class ClientResponse(Incoming):
    """Its connection is free for others once the content was read to its end, or `close` was called.

        async with await client.get(url) as response: …

    status, reason, fields: as the server sent them. url: what answered, after redirects.
    """

    def __init__(self, exchange: Exchange, head: ResponseHead, url: Url, limit: int, *, decode: bool) -> None:
        self.status = head.status
        self.reason = head.reason
        self.fields = head.fields
        self.url = url
        self._exchange = exchange
        self._limit = limit
        self._decoder = decoder_of(head.fields.get("content-encoding")) if decode else None
        self._ended = False
        self._trailers = Fields()

    async def read(self) -> bytes:
        """The next piece, decompressed where `Settings.decode` says so; b"" at the end.

        Raises BadResponse, TimedOut or ConnectionLost; the connection is closed then.
        """
        try:
            return await self._read()
        except BaseException:
            await self.close()
            raise

    async def read_all(self) -> bytes:
        """Everything that is left. Raises TooLarge for more than `Settings.content`."""
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read():
            size += len(piece)
            if size > self._limit:
                await self.close()
                raise TooLarge(f"{self.url}: the content is longer than {self._limit} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    async def text(self) -> str:
        """The content as text, in the charset that it says or UTF-8; what is neither becomes U+FFFD."""
        content = await self.read_all()
        _, _, charset = self.fields.get("content-type").lower().partition("charset=")
        try:
            return content.decode(charset.partition(";")[0].strip().strip('"') or "utf-8", "replace")
        except LookupError:
            return content.decode("utf-8", "replace")

    async def json(self) -> object:
        """The content as JSON. Raises BadResponse when it is none."""
        import json

        content = await self.read_all()
        try:
            return json.loads(content)
        except ValueError as error:
            raise BadResponse(f"{self.url}: the content is no JSON: {error}") from None

    def trailers(self) -> Fields:
        return self._trailers

    async def close(self) -> None:
        """Nothing more is wanted. What is left unread costs the connection. Twice is harmless."""
        await self._exchange.close()

    async def __aenter__(self) -> ClientResponse:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{self.status} {self.url}>"

    async def _read(self) -> bytes:
        while True:
            if self._decoder is not None:
                piece = self._decoder.take()
                if piece:
                    return piece
            if self._ended:
                return b""
            event = await self._exchange.event()
            if isinstance(event, Data):
                if self._decoder is None:
                    return event.data
                self._decoder.feed(event.data)
            elif isinstance(event, End):
                self._ended = True
                self._trailers = event.trailers
                if self._decoder is not None and not self._decoder.complete():
                    raise BadResponse("the content ends in the middle of its compressed form")
                await self._exchange.finish()
            else:
                raise PeerError(f"{event!r} in the middle of content")
