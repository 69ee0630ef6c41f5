"""The authorities that Mozilla trusts, on the host: what the package certifi has. Images embed it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pymirage.driver.host.directory import Directory
from pymirage.error import DeviceError


def authorities(table: str) -> Directory:
    """A store that holds `cacert.pem`. `table` is the name that images have for it."""
    found = find_spec("certifi")
    if found is None or found.origin is None:
        raise DeviceError(f"{table}: the package certifi is not installed: pip install certifi")
    return Directory(str(Path(found.origin).parent))
