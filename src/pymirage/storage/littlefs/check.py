"""Goes over a whole littlefs and says what is wrong with it; changes nothing."""

from __future__ import annotations

from pymirage.device.block import Block
from pymirage.octets import u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.state import GlobalState
from pymirage.storage.littlefs.system import System, walk


async def check(block: Block) -> list[str]:
    """One line for each problem; an empty list when all is in order. Raises WrongFormat."""
    system = await System.mount(block)
    problems: list[str] = []
    owner: dict[int, str] = {}
    heads: set[frozenset[int]] = {frozenset((0, 1))}
    listed: set[frozenset[int]] = set()
    head = True
    async for metadata in walk(system.pairs):
        where = f"metadata in blocks {metadata.pair[0]} and {metadata.pair[1]}"
        _own(problems, owner, where, list(metadata.pair))
        if head:
            listed.add(frozenset(metadata.pair))
        # The root follows superblocks that have none of its entries.
        head = not metadata.log.split
        for entry in metadata.log.entries:
            name = entry.name.decode("utf-8", "replace")
            if entry.struct == tags.DIRECTORY_STRUCT and len(entry.data) == 8:
                heads.add(frozenset((u32_le(entry.data, 0), u32_le(entry.data, 4))))
            elif entry.struct == tags.CTZ_STRUCT and len(entry.data) == 8:
                try:
                    blocks = await system.files.blocks(u32_le(entry.data, 0), u32_le(entry.data, 4))
                except StorageError as error:
                    problems.append(f"{name!r}: {error}")
                    continue
                _own(problems, owner, repr(name), blocks)
            elif entry.struct != tags.INLINE_STRUCT:
                problems.append(f"{name!r} has no content, in {where}")
    state = GlobalState.parse(system.pairs.state)
    if state.moved is not None:
        problems.append("a rename was interrupted: the next write ends it")
    for orphan in sorted(map(sorted, listed - heads)):
        problems.append(f"the metadata in blocks {orphan[0]} and {orphan[1]} belongs to no directory")
    for missing in sorted(map(sorted, heads - listed)):
        problems.append(f"the directory in blocks {missing} is not in the list of metadata")
    return problems


def _own(problems: list[str], owner: dict[int, str], name: str, blocks: list[int]) -> None:
    for block in blocks:
        other = owner.setdefault(block, name)
        if other != name:
            problems.append(f"block {block} belongs to {other} and to {name}")
            return
