"""Goes over a whole volume and says what is wrong with it; changes nothing."""

from __future__ import annotations

from typing import final

from pymirage.device.block import Block
from pymirage.storage.error import StorageError
from pymirage.storage.fat import geometry, info
from pymirage.storage.fat.folder import Folder
from pymirage.storage.fat.geometry import FIRST_CLUSTER, Geometry
from pymirage.storage.fat.table import FREE, Run, Table
from pymirage.storage.span import Span


@final
class Survey:
    """problems: what breaks the format. lost: clusters that are taken and belong to nobody."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.lost: list[int] = []
        self.files = 0
        self.free = 0


async def check(block: Block) -> list[str]:
    """One line for each problem; an empty list for a volume that is in order. Raises WrongFormat."""
    span = Span(block)
    layout = await geometry.read(span)
    table = Table(span, layout)
    found = await survey(span, layout, table)
    if found.lost:
        found.problems.append(f"{len(found.lost)} clusters belong to no file, the first is {found.lost[0]}")
    believed = await info.read_free(span, layout)
    if believed is not None and believed != found.free:
        found.problems.append(f"FSInfo says {believed} free clusters, there are {found.free}")
    first, *others = layout.fats
    for other in others:
        at = await _difference(span, first, other, layout.fat_size)
        if at is not None:
            found.problems.append(f"the copies of the file allocation table differ (at byte {other + at:#x})")
    return found.problems


async def survey(span: Span, layout: Geometry, table: Table) -> Survey:
    """Walks all directories, and holds the clusters that they use against the table."""
    found = Survey()
    owner: dict[int, str] = {}
    waiting: list[tuple[str, int]] = [("", layout.root_cluster)]
    seen = set()
    while waiting:
        path, cluster = waiting.pop()
        if cluster in seen:
            continue
        seen.add(cluster)
        try:
            folder = await Folder.read(span, layout, table, cluster)
        except StorageError as error:
            found.problems.append(f"directory {path!r}: {error}")
            continue
        _own(found, owner, path or "the root", folder.runs())
        for record in folder.records():
            name = f"{path}/{record.name}" if path else record.name
            if record.is_directory:
                if not layout.is_cluster(record.cluster) or record.cluster in seen:
                    found.problems.append(f"directory {name!r} is in cluster {record.cluster}")
                else:
                    waiting.append((name, record.cluster))
                continue
            found.files += 1
            try:
                runs = await table.runs(record.cluster) if record.cluster else []
            except StorageError as error:
                found.problems.append(f"{name!r}: {error}")
                continue
            _own(found, owner, name, runs)
            held = sum(count for _, count in runs)
            if held != -(-record.size // layout.cluster):
                found.problems.append(f"{name!r} has {record.size} bytes and {held} clusters")
    for cluster in range(FIRST_CLUSTER, layout.end_of_clusters):
        entry = await table.get(cluster)
        if entry == FREE:
            found.free += 1
        elif cluster not in owner and entry != table.bad:
            found.lost.append(cluster)
    return found


def _own(found: Survey, owner: dict[int, str], name: str, runs: list[Run]) -> None:
    for start, count in runs:
        for cluster in range(start, start + count):
            other = owner.setdefault(cluster, name)
            if other is not name:
                found.problems.append(f"cluster {cluster} belongs to {other!r} and to {name!r}")
                return


async def _difference(span: Span, one: int, other: int, size: int) -> int | None:
    """Where two ranges first differ."""
    for at in range(0, size, 1 << 20):
        length = min(1 << 20, size - at)
        left, right = await span.read(one + at, length), await span.read(other + at, length)
        if left != right:
            return at + next(place for place in range(length) if left[place] != right[place])
    return None
