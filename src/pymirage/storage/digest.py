"""The digest of a value that is read in pieces."""

from __future__ import annotations

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def sha256(pieces: AsyncIterator[bytes]) -> bytes:
    digest = hashlib.sha256()
    async for piece in pieces:
        digest.update(piece)
    return digest.digest()
