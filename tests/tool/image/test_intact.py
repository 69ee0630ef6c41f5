"""Whether an image's file is all there, as its headers say."""

from __future__ import annotations

from pathlib import Path

from pymirage.tool.image.elf import HEADER, PROGRAM_HEADER, PT_LOAD, SECTION_HEADER
from pymirage.tool.image.intact import damage

SEGMENT_AT, SEGMENT_SIZE = 128, 100
SECTIONS_AT = SEGMENT_AT + SEGMENT_SIZE


def image() -> bytes:
    """Headers, one segment, and a table of sections at the end."""
    header = HEADER.pack(
        b"\x7fELF\x02\x01", 2, 62, 1, 0, HEADER.size, SECTIONS_AT, 0,
        HEADER.size, PROGRAM_HEADER.size, 1, SECTION_HEADER.size, 2, 0,
    )  # fmt: skip
    segment = PROGRAM_HEADER.pack(PT_LOAD, 5, SEGMENT_AT, 0, 0, SEGMENT_SIZE, SEGMENT_SIZE, 0)
    content = (header + segment).ljust(SEGMENT_AT, b"\0") + bytes(SEGMENT_SIZE)
    return content + bytes(2 * SECTION_HEADER.size)


def damage_of(content: bytes, directory: Path) -> str | None:
    (directory / "image").write_bytes(content)
    return damage(directory / "image")


def test_a_whole_image(tmp_path: Path) -> None:
    assert damage_of(image(), tmp_path) is None


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    found = {length: damage_of(image()[:length], tmp_path) for length in range(len(image()))}
    assert found[HEADER.size - 1] == "not an image (not an ELF file)"
    cut = "truncated or damaged image: {} not in the file (build it again)"
    assert found[SEGMENT_AT - 9] == cut.format("its program headers are")
    assert found[SECTIONS_AT - 1] == cut.format("a segment is")
    assert found[len(image()) - 1] == cut.format("its section headers are")
    assert None not in found.values()


def test_something_else(tmp_path: Path) -> None:
    assert damage_of(b"#!/bin/sh\n" * 20, tmp_path) == "not an image (not an ELF file)"
