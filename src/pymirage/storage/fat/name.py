"""Names on a FAT volume: long ones as given, and the short ones that every entry has besides.

FAT32 specification, "Long File Name Implementation" and "Name Matching in Short & Long Names".
"""

from __future__ import annotations

import binascii
from collections.abc import Container

# Imported by name, so that an image that reads FAT volumes contains the code page.
from encodings import cp437
from typing import Final

from pymirage.device.error import BadKey

LONGEST: Final = 255  # UTF-16 code units
UNITS_PER_SLOT: Final = 13

_FORBIDDEN: Final = frozenset('"*/:<>?\\|') | frozenset(map(chr, range(32)))
_SHORT: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()-@^_`{}~")
# Bits in the short entry of Windows NT: the base, or the extension, is to be shown in small letters.
SMALL_BASE: Final = 0x08
SMALL_EXTENSION: Final = 0x10
_CODE_PAGE: Final = cp437.decoding_table


def check(name: str) -> None:
    """Raises BadKey when no FAT volume can hold the name."""
    if len(name.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST:
        raise BadKey(f"{name!r} is longer than the 255 UTF-16 units that FAT can hold")
    if not _FORBIDDEN.isdisjoint(name):
        raise BadKey(f"{name!r} holds a character that FAT forbids in names")
    if name.endswith((".", " ")):
        raise BadKey(f"{name!r} ends in a dot or space, which FAT drops from names")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise BadKey(f"{name!r} is not Unicode text, and FAT names are")


def fold(name: str) -> str:
    """What two names that are the same to FAT have in common."""
    if name.isascii():
        return name.upper()
    # One to one, as FAT drivers do: no "SS" for a sharp s.
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in name)


def shown(short: bytes, case: int) -> str:
    """The name that the 11 bytes of a short entry stand for."""
    base, extension = short[:8].rstrip(b" "), short[8:].rstrip(b" ")
    if base[:1] == b"\x05":
        base = b"\xe5" + base[1:]
    one, other = _text(base), _text(extension)
    if case & SMALL_BASE:
        one = one.lower()
    if case & SMALL_EXTENSION:
        other = other.lower()
    return f"{one}.{other}" if other else one


def as_short(name: str) -> bytes | None:
    """The 11 bytes that say all of `name`, if it needs no long name."""
    base, dot, extension = name.partition(".")
    if not (1 <= len(base) <= 8 and len(extension) <= 3) or (dot and not extension):
        return None
    if not (_SHORT.issuperset(base) and _SHORT.issuperset(extension)):
        return None
    return (base.ljust(8) + extension.ljust(3)).encode("ascii")


def short_for(name: str, taken: Container[bytes]) -> bytes:
    """A short name for a long one: the basis name and a numeric tail that makes it unique.

    After a few tails a checksum of the name takes the basis's place, so that a directory full of similar
    names does not try them all.
    """
    stem, dot, extension = name.lstrip(".").rpartition(".")
    if not dot:
        stem, extension = extension, ""
    base = _basis(stem) or "_"
    end = _basis(extension)[:3]
    for number in range(1, 5):
        found = _with_tail(base, number, end)
        if found not in taken:
            return found
    hashed = base[:2] + f"{binascii.crc32(name.encode('utf-16-le', 'surrogatepass')) & 0xFFFF:04X}"
    number = 1
    while (found := _with_tail(hashed, number, end)) in taken:
        number += 1
    return found


def checksum(short: bytes) -> int:
    """What ties the slots of a long name to their short entry."""
    total = 0
    for byte in short:
        total = ((total & 1) << 7 | total >> 1) + byte & 0xFF
    return total


def _basis(text: str) -> str:
    upper = text.upper().replace(" ", "").replace(".", "")
    return "".join(character if character in _SHORT else "_" for character in upper)


def _with_tail(base: str, number: int, extension: str) -> bytes:
    tail = f"~{number}"
    return ((base[: 8 - len(tail)] + tail).ljust(8) + extension.ljust(3)).encode("ascii")


def _text(raw: bytes) -> str:
    """Code page 437, in which bytes below 0x80 are ASCII."""
    return raw.decode("ascii") if raw.isascii() else "".join(_CODE_PAGE[byte] for byte in raw)
