"""Goes over a whole archive and says what is wrong with it; changes nothing."""

from pymirage.device.block import Block
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.span import Span
from pymirage.storage.tar.reader import index
from pymirage.storage.tar.scan import scan


async def check(block: Block) -> list[str]:
    """One line for each problem; an empty list for an archive that is in order. Raises WrongFormat."""
    try:
        archive = await scan(Span(block))
        index(archive.alive())
    except WrongFormat:
        raise
    except StorageError as error:
        return [str(error)]
    problems = [
        f"a change was interrupted (at byte {start:#x}): the next write ends it"
        for start, _, _ in archive.intents
    ]
    problems += [
        f"free space that other programs cannot pass over (at byte {start:#x}): the next write mends it"
        for start, _ in archive.ragged
    ]
    return problems
