"""Tells by its first bytes what a device holds, so that an error can say what was found instead."""

from __future__ import annotations

from typing import Final

from pymirage.storage.span import Span

_LOOK: Final = 1024


async def identify(span: Span) -> str | None:
    """A name such as "FAT16", "littlefs", "tar", "GPT", "MBR"; None for what is not known."""
    data = await span.read(0, min(_LOOK, span.size))
    if len(data) < 512:
        return None
    if data[8:16] == b"littlefs":
        return "littlefs"
    if data[257:262] == b"ustar":
        return "tar"
    if data[510:512] == b"\x55\xaa":
        if data[512:520] == b"EFI PART":
            return "a GPT partition table"
        fat = _fat(data)
        if fat:
            return fat
        if data[450] or data[466] or data[482] or data[498]:
            return "an MBR partition table"
    if not data.strip(b"\0"):
        return "zeros"
    return "tar" if _is_old_tar(data) else None


def describe(found: str | None) -> str:
    """For the end of a sentence."""
    return f"the device holds {found}" if found else "the device holds nothing that is known here"


def _is_old_tar(data: bytes) -> bool:
    """Archives from before POSIX have no magic, but the checksum that `tar/header.py` explains."""
    total = sum(data[:512]) - sum(data[148:156]) + 8 * 0x20
    return data[148:156].strip(b" \0").lstrip(b"0") == b"%o" % total


def _fat(data: bytes) -> str | None:
    """FAT by the rule that counts: the number of clusters (Microsoft, "FAT: General Overview")."""
    sector = int.from_bytes(data[11:13], "little")
    cluster, reserved = data[13], int.from_bytes(data[14:16], "little")
    copies, entries = data[16], int.from_bytes(data[17:19], "little")
    if sector not in (512, 1024, 2048, 4096) or not cluster or not reserved or copies not in (1, 2):
        return None
    sectors = int.from_bytes(data[19:21], "little") or int.from_bytes(data[32:36], "little")
    each = int.from_bytes(data[22:24], "little") or int.from_bytes(data[36:40], "little")
    clusters = (sectors - reserved - copies * each - -(-entries * 32 // sector)) // cluster
    if clusters < 1:
        return None
    return "FAT12" if clusters < 4085 else "FAT16" if clusters < 65525 else "FAT32"
