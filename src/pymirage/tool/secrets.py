"""`run --secret NAME=FILE`: what is in a file as a block device in memory, which has no name.

Neither the command line nor the environment has it, and no disk: what is passed on is an open file of the
kernel's (memfd_create) that ends with the unikernel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pymirage.config.graph import Graph
from pymirage.config.secret import ATTACHED
from pymirage.config.value import Implementation
from pymirage.storage.secret import pack
from pymirage.tool.error import ToolError


def names(graph: Graph) -> frozenset[str]:
    """The block devices that are secrets."""
    found = set()
    for device in graph.devices:
        if device.value.driver(graph.platform) == ATTACHED:
            below = device.value.arguments[0]
            assert isinstance(below, Implementation) and below.attachment is not None
            found.add(below.attachment.name)
    return frozenset(found)


def attached(files: Mapping[str, str]) -> dict[str, str]:
    """Names with the paths by which the process that this one becomes opens what they are."""
    return {name: _in_memory(name, Path(file)) for name, file in files.items()}


def _in_memory(name: str, file: Path) -> str:
    try:
        content = bytearray(file.read_bytes())
    except OSError as error:
        raise ToolError(f"the secret {name!r} cannot be read from {file}: {error.strerror}") from error
    packed = pack(content)
    # Without MFD_CLOEXEC: the tender inherits it.
    descriptor = os.memfd_create("pymirage-secret", 0)
    os.write(descriptor, packed)
    for octets in (content, packed):
        octets[:] = bytes(len(octets))
    return f"/proc/self/fd/{descriptor}"
