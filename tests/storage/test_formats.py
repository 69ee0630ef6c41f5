"""What the formats' smallest pieces emit, they parse, and so do others."""

from __future__ import annotations

import binascii
import datetime
import tarfile
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.storage.error import StorageError
from pymirage.storage.fat import date, name, slots
from pymirage.storage.littlefs import ctz, log, tag
from pymirage.storage.littlefs.state import GlobalState
from pymirage.storage.tar import header, hole, pax
from pymirage.storage.tar.member import REPLACES, intent

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters='"*/:<>?\\|\0')
NAMES = st.text(LETTERS, min_size=1, max_size=60)
FAT_NAMES = NAMES.filter(lambda text: not any(ord(letter) < 32 for letter in text)).filter(
    lambda text: not text.endswith((".", " ")) and len(text.encode("utf-16-le")) <= 510
)
STATES = st.tuples(st.tuples(st.integers(0, 99), st.integers(0, 99)), st.integers(0, 1000))
FILES = st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=60))
PATHS = st.lists(st.text("abcdefghijklmnop", min_size=1, max_size=90), min_size=1, max_size=3).map("/".join)


# -- tar --


@given(
    PATHS,
    st.integers(0, 8**11 - 1),
    st.integers(0, 8**11 - 1),
)
def test_tar_header(path: str, size: int, mtime: int) -> None:
    raw = path.encode()
    if header.split(raw) is None:
        with pytest.raises(ValueError, match="pax"):
            header.emit(header.Header(raw, size, mtime, header.REGULAR))
        return
    block = header.emit(header.Header(raw, size, mtime, header.REGULAR))
    parsed = header.parse(block, 0)
    assert (parsed.name, parsed.size, parsed.mtime, parsed.typeflag) == (raw, size, mtime, b"0")
    theirs = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    assert (theirs.name, theirs.size, theirs.mtime) == (path, size, mtime)


@given(st.integers(0, 2**60), st.integers(-(2**40), 2**40))
def test_tar_numbers_of_gnu(size: int, mtime: int) -> None:
    info = tarfile.TarInfo("name")
    info.size, info.mtime = size, mtime
    parsed = header.parse(info.tobuf(tarfile.GNU_FORMAT), 0)
    assert (parsed.size, parsed.mtime) == (size, mtime)


def test_tar_checksum_of_signed_bytes() -> None:
    block = bytearray(header.emit(header.Header("ü".encode() * 20, 5, 5, header.REGULAR)))
    signed = sum(byte - 256 * (byte >> 7) for byte in block[:148] + b" " * 8 + block[156:])
    block[148:156] = b"%06o\0 " % signed
    assert header.parse(bytes(block), 0).size == 5
    block[148:156] = b"%06o\0 " % (signed + 1)
    with pytest.raises(StorageError, match=r"checksum.*0x200"):
        header.parse(bytes(block), 512)


@pytest.mark.parametrize("digits", [b"-1", b"+1", b"0x1", b"0o1", b"1_0", b"9", b"1 1"])
def test_tar_numbers_that_are_none(digits: bytes) -> None:
    block = bytearray(header.emit(header.Header(b"a", 0, 0, header.REGULAR)))
    block[124:136] = digits.ljust(12, b"\0")
    total = sum(block) - sum(block[148:156]) + 256
    block[148:156] = b"%06o\0 " % total
    with pytest.raises(StorageError, match="octal"):
        header.parse(bytes(block), 0)


@given(st.dictionaries(st.text("abcXYZ.", min_size=1), st.binary(max_size=200)))
def test_pax_records(records: dict[str, bytes]) -> None:
    assert pax.parse(pax.emit(records), 0) == records


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=400))
def test_intents_fill_their_blocks(starts: list[int]) -> None:
    made = intent(starts)
    head = header.parse(made[:512], 0)
    assert len(made) == 512 + head.size
    assert head.size % 512 == 0
    records = pax.parse(made[512:], 512)
    assert [int(start) for start in records[REPLACES].split()] == starts
    assert hole.is_neat(made[512:544], made[-1:], head.size)


@given(st.integers(1, 9000).map(lambda blocks: blocks * 512))
def test_pieces_of_holes(size: int) -> None:
    pieces = hole.pieces(1024, 1024 + size)
    assert pieces[0][0] == 1024
    assert pieces[-1][1] == 1024 + size
    assert all(one[1] == other[0] for one, other in pairwise(pieces))
    assert all(end - start - 512 <= hole.BODY_LIMIT for start, end in pieces)
    assert len(pieces) == 1 or all(end - start >= hole.SMALLEST for start, end in pieces)


# -- FAT --


@given(FAT_NAMES, st.integers(0, 2**28), st.integers(0, 2**32 - 1), st.booleans())
def test_fat_entries(text: str, cluster: int, size: int, is_directory: bool) -> None:
    name.check(text)
    short = name.as_short(text) or name.short_for(text, ())
    attributes = slots.DIRECTORY if is_directory else slots.ARCHIVE
    entry = slots.emit(text, short, attributes=attributes, cluster=cluster, size=size, stamp=(33, 0))
    (record,) = slots.records(entry + bytes(32))
    assert (record.name, record.cluster, record.size) == (text, cluster, size)
    assert (record.is_directory, record.first, record.at) == (is_directory, 0, len(entry) - 32)


@given(st.lists(FAT_NAMES, max_size=40, unique=True))
def test_short_names_are_unique(texts: list[str]) -> None:
    taken: set[bytes] = set()
    for text in texts:
        short = name.short_for(text, taken)
        assert short not in taken
        assert len(short) == 11
        taken.add(short)


@given(st.integers(315_532_800, 4_354_819_199))
def test_fat_dates(seconds: int) -> None:
    fields = date.fields(seconds * 10**9)
    assert date.nanoseconds(*fields) == seconds // 2 * 2 * 10**9
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    assert (fields[0] >> 9) + 1980 == moment.year
    assert (fields[0] >> 5 & 15, fields[0] & 31) == (moment.month, moment.day)


# -- littlefs --


@given(st.integers(0, 2**31 - 1), st.sampled_from([128, 512, 4096]))
def test_skip_lists(position: int, block_size: int) -> None:
    index, offset = ctz.locate(block_size, position)
    assert ctz.start(block_size, index) + offset - 4 * ctz.pointers(index) == position
    assert 4 * ctz.pointers(index) <= offset < block_size


def test_crc_is_the_one_of_the_specification() -> None:
    assert log.crc(b"123456789", 0, 9) == binascii.crc32(b"123456789") ^ 0xFFFF_FFFF


@given(
    st.lists(
        st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=60)), max_size=3),
        max_size=12,
    )
)
def test_logs_are_read_as_they_were_written(commits: list[list[tuple[bytes, bytes]]]) -> None:
    written = log.Log(b"\xff" * 512, 0).compacted(7, forward=True)
    assert written is not None
    for commit in commits:
        attributes = []
        for key, value in commit:
            id = len(written.entries)
            attributes += [tag.make(tag.CREATE, id), tag.make(tag.REGULAR, id, key)]
            attributes.append(tag.make(tag.INLINE_STRUCT, id, value))
            for each in attributes[-3:]:
                assert written.apply(*each)
        before = written.block
        if written.append(attributes, forward=True) is None:
            written.block = before
            break
        read = log.read(written.block, 0)
        assert read is not None
        assert [(entry.name, entry.data) for entry in read.entries] == [
            (entry.name, entry.data) for entry in written.entries
        ]
        assert (read.offset, read.last, read.revision) == (written.offset, written.last, 7)
        assert read.blank or read.offset == 512


@given(
    st.booleans(),
    st.one_of(st.none(), STATES),
)
def test_global_state(orphans: bool, moved: tuple[tuple[int, int], int] | None) -> None:
    state = GlobalState.parse(GlobalState(orphans, moved).emit())
    assert (state.orphans, state.moved) == (orphans, moved)
