"""Block devices."""

from pymirage.config.catalogue import disk, driver, spell
from pymirage.config.value import Attached, Attachment, Choice, Implementation


def default(name: str = "storage") -> Implementation:
    """The block device that the tender attaches under this name (`run --block NAME=FILE`)."""
    return driver(
        "Block",
        host="host.block:FileBlock",
        solo5="solo5.block:Solo5Block",
        label=f"block_{name}",
        text=spell("block.default", name),
        arguments=(Attached(name),),
        attachment=Attachment(name, Attachment.BLOCK),
    )


def memory(sectors: int) -> Implementation:
    """A disk of zeros in memory, with sectors of 512 bytes, forgotten when the unikernel ends."""
    return driver(
        "Block",
        host="memory.block:RamBlock",
        solo5="memory.block:RamBlock",
        label="ram_disk",
        text=spell("block.memory", sectors),
        arguments=(sectors,),
    )


def partition(inner: Implementation | Choice, which: int | str) -> Implementation:
    """A partition of another disk, by its number or (GPT) its name, as a disk of its own."""
    return disk("partition:connect", "partition", inner, which)


def part(inner: Implementation | Choice, first: int, count: int) -> Implementation:
    """Some sectors of another disk as a disk of its own."""
    return disk("block:Part", "part", inner, first, count)


def read_only(inner: Implementation | Choice) -> Implementation:
    """Another disk, which refuses writes."""
    return disk("block:ReadOnlyBlock", "read_only", inner)


def cache(inner: Implementation | Choice, size: int) -> Implementation:
    """Another disk, with up to `size` bytes of the sectors used last kept in memory."""
    return disk("block:Cache", "cache", inner, size)


def encrypted(
    inner: Implementation | Choice, key: Implementation | Choice, *, create: bool = False
) -> Implementation:
    """Another disk, each sector encrypted and authenticated by AES-CCM with a secret of 16 bytes or more.

    The wrong key is told at once. create: a blank disk is made an encrypted one, instead of being refused.
    """
    return disk("encrypted:connect", "encrypted", inner, key, options=(("create", create),))
