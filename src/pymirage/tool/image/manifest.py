"""The application manifest as Solo5's ELF note "MFT1": which devices the tender must attach.

Layout as in `runtime/include/mft_abi.h`; all fields little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from pymirage.tool.image.error import ImageError
from pymirage.tool.image.plan import Device

VERSION = 1
NAME_SIZE = 68
MAX_ENTRIES = 64
RESERVED_FIRST = 1 << 30
TYPES = {"BLOCK_BASIC": 1, "NET_BASIC": 2}

# name_size, descriptor_size, type, name "Solo5" padded to eight octets
NOTE_HEADER = struct.Struct("<III8s")
NOTE_NAME = b"Solo5\0"
NOTE_TYPE = int.from_bytes(b"MFT1", "little")
# The manifest's 64-bit fields want an aligned start, and the note header is 20 octets long.
PADDING = bytes(4)

MANIFEST_HEADER = struct.Struct("<II")
# name, type, the tender's answer (24 octets), attached, to a multiple of eight
ENTRY = struct.Struct(f"<{NAME_SIZE}sI24x?7x")


def note(devices: Sequence[Device]) -> bytes:
    """The whole note; entry 0 is reserved, so that a handle is never 0."""
    check(devices)
    entries = [ENTRY.pack(b"", RESERVED_FIRST, False)]
    entries += [ENTRY.pack(device.name.encode(), TYPES[device.type], False) for device in devices]
    descriptor = PADDING + MANIFEST_HEADER.pack(VERSION, len(entries)) + b"".join(entries)
    return NOTE_HEADER.pack(len(NOTE_NAME), len(descriptor), NOTE_TYPE, NOTE_NAME) + descriptor


def check(devices: Sequence[Device]) -> None:
    if len(devices) >= MAX_ENTRIES:
        raise ImageError(f"{len(devices)} devices are too many: a tender attaches {MAX_ENTRIES - 1}")
    names = [device.name for device in devices]
    for device in devices:
        if device.type not in TYPES:
            raise ImageError(f"device {device.name!r}: a tender cannot attach a {device.type}")
        if not device.name.isascii() or not device.name.isalnum() or len(device.name) >= NAME_SIZE:
            raise ImageError(
                f"device {device.name!r}: a name has 1 to {NAME_SIZE - 1} letters and digits (ASCII)"
            )
        if names.count(device.name) > 1:
            raise ImageError(f"device {device.name!r} is named twice")
