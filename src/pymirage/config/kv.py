"""Key-value stores over data files. Paths are relative to the directory of config.py."""

from pymirage.config.catalogue import driver, spell
from pymirage.config.choose import platform
from pymirage.config.location import here
from pymirage.config.target import HOST
from pymirage.config.value import Choice, Implementation


def directory(path: str) -> Implementation:
    """The files of a directory of the host, read when asked for."""
    return driver(
        "KeyValueReader",
        host="host.directory:Directory",
        solo5=None,
        label="files",
        text=spell("kv.directory", path),
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


def generic(path: str) -> Choice:
    """Files read from the directory on the host's Python, embedded in an image."""
    return Choice(platform, ((HOST, directory(path)),), crunch(path), spell("kv.generic", path), here())
