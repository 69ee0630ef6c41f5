"""Key-value stores. Paths are relative to the directory of config.py."""

from pymirage.config import block, clock
from pymirage.config.catalogue import driver, spell, store
from pymirage.config.choose import platform
from pymirage.config.keys import ConfigureKey
from pymirage.config.kinds import choice, key_kind
from pymirage.config.location import here
from pymirage.config.target import HOST
from pymirage.config.value import Choice, Implementation

AUTO = "auto"

kind = ConfigureKey(
    "kv",
    key_kind(choice(AUTO, "directory", "crunch", "tar", "fat", "littlefs")),
    AUTO,
    "where kv.generic(...) finds its values",
)
"""The configure key of `generic`."""


def directory(path: str, *, write: bool = False) -> Implementation:
    """The files of a directory of the host, read when asked for; with `write`, changed, too."""
    text = spell("kv.directory", path)
    return driver(
        "KeyValue" if write else "KeyValueReader",
        host="host.writable_directory:WritableDirectory" if write else "host.directory:Directory",
        solo5=None,
        label="files",
        text=f"{text[:-1]}, write=True)" if write else text,
        arguments=(path,),
        files=((path, path),),
        instead=spell("kv.generic", path),
    )


def crunch(path: str) -> Implementation:
    """The files of a directory, embedded into the image when it is built."""
    return driver(
        "KeyValueReader",
        host="host.directory:Directory",
        solo5="solo5.crunch:Crunch",
        label="files",
        text=spell("kv.crunch", path),
        arguments=(path,),
        files=((path, path),),
    )


def tar(disk: Implementation | Choice) -> Implementation:
    """A tar archive on a block device, read and written; every change survives a crash or did not happen."""
    return store("tar", "TarStore", disk, clock.wall())


def fat(disk: Implementation | Choice) -> Implementation:
    """A FAT12, FAT16 or FAT32 volume on a block device, read and written."""
    return store("fat", "Fat", disk, clock.wall())


def littlefs(disk: Implementation | Choice) -> Implementation:
    """A littlefs on a block device, read and written; a change survives a crash or did not happen."""
    return store("littlefs", "LittleFs", disk, clock.wall())


def memory() -> Implementation:
    """An empty store that is forgotten when the unikernel ends."""
    return driver(
        "KeyValue",
        host="memory.key_value:MemoryKeyValue",
        solo5="memory.key_value:MemoryKeyValue",
        label="memory",
        text="kv.memory()",
        options=(("clock", clock.wall()),),
    )


def prefix(inner: Implementation | Choice, directory: str) -> Implementation:
    """One directory of another store that can be written, as a store of its own."""
    return store("combine", "Prefix", inner, directory, name="prefix")


def overlay(upper: Implementation | Choice, lower: Implementation | Choice) -> Implementation:
    """A store that can be written over one that can only be read: what is set hides what is below."""
    return store("combine", "Overlay", upper, lower, name="overlay")


def cache(inner: Implementation | Choice, size: int) -> Implementation:
    """Another store, with up to `size` bytes of the values read last kept in memory."""
    return store("combine", "Cache", inner, size, name="cache")


def generic(path: str, disk: Implementation | Choice | None = None) -> Choice:
    """Values from where the configure key `kv` says: `pymirage configure --kv=fat`.

    Without it, files read from the directory on the host's Python, embedded in an image. `tar`, `fat` and
    `littlefs` are file systems on `disk`, the block device `storage` unless another is given.
    """
    device = block.default() if disk is None else disk
    text, location = spell("kv.generic", path), here()
    cases = (
        ("directory", directory(path)),
        ("crunch", crunch(path)),
        ("tar", tar(device)),
        ("fat", fat(device)),
        ("littlefs", littlefs(device)),
    )
    files = Choice(platform, ((HOST, directory(path)),), crunch(path), text, location)
    return Choice(kind, cases, files, text, location)
