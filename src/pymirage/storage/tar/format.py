"""Makes an empty archive."""

from pymirage.device.block import Block
from pymirage.storage.span import Span


async def format(block: Block) -> None:
    """Two blocks of zeros: what follows them belongs to nobody."""
    span = Span(block)
    await span.write(0, bytes(min(1024, span.size)))
    await span.flush()
