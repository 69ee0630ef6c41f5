"""Whether an image's file is all there, for starters that would not say so, or in words of their own.

Our tenders look by themselves (`runtime/tenders/common/image.c`); QEMU and the host's kernel start what they
get.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from pymirage.tool.image.elf import HEADER, PROGRAM_HEADER, PT_LOAD, SECTION_HEADER

NO_IMAGE = "not an image (not an ELF file)"


def damage(path: Path) -> str | None:
    """What is wrong with the file, with a remedy; None when nothing is missing of it."""
    with path.open("rb") as file:
        header = file.read(HEADER.size)
        if len(header) < HEADER.size or header[:6] != b"\x7fELF\x02\x01":
            return NO_IMAGE
        lost = _lost(file, header, os.fstat(file.fileno()).st_size)
    return None if lost is None else f"truncated or damaged image: {lost} (build it again)"


def _lost(file: BinaryIO, header: bytes, size: int) -> str | None:
    _, _, _, _, _, phoff, shoff, _, _, _, phnum, _, shnum, _ = HEADER.unpack(header)
    if phoff + phnum * PROGRAM_HEADER.size > size:
        return "its program headers are not in the file"
    file.seek(phoff)
    for type_, _, offset, _, _, file_size, _, _ in PROGRAM_HEADER.iter_unpack(
        file.read(phnum * PROGRAM_HEADER.size)
    ):
        if type_ == PT_LOAD and offset + file_size > size:
            return "a segment is not in the file"
    # They come last, so that without them something may be missing that nobody loads: names of functions.
    return "its section headers are not in the file" if shoff + shnum * SECTION_HEADER.size > size else None
