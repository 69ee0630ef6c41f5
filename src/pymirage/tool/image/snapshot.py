"""Writes an initialised image: an ordinary ELF whose writable segments are the pages of its memory.

Text and constants stay as they were linked. Pages that are zero do not go into the file: a run of them is
what a segment has more in memory than in the file, which every loader clears (System V gABI, p_memsz).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypedDict

from pymirage.tool.image import checksum, elf
from pymirage.tool.image.bytecode import Bytecode
from pymirage.tool.image.elf import HEADER, PF_W, PROGRAM_HEADER, PT_LOAD, SHT_NOBITS, Elf
from pymirage.tool.image.initialise import Part

PAGE = 4096
# A segment costs each loader a system call or two, a page of zeros in the file costs 4 KiB.
GAP = 8

Header: TypeAlias = tuple[int, int, int, int, int, int, int, int]
READ_WRITE = 6

# By image.lds: whole pages of code.
COMPILER = ".compiler"

PT_NOTE = 4
# struct solo5_note_header, struct pms1_info, struct pms1_run.
NOTE = struct.Struct("<II4s8s")
INFO = struct.Struct("<Q")
WRITTEN = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Run:
    """Pages that follow each other: (content), then zeros up to (size) octets."""

    address: int
    content: bytes
    size: int


def runs(part: Part, gap: int) -> Iterator[Run]:
    """The pages of `part` that hold something, in runs that fewer than `gap` pages of zeros do not end."""
    first, end, zero = 0, 0, bytes(PAGE)
    for at in range(0, len(part.content), PAGE):
        if part.content[at : at + PAGE] == zero:
            continue
        if at - end >= gap * PAGE:
            yield Run(part.address + first, part.content[first:end], at - first)
            first = at
        end = at + PAGE
    yield Run(part.address + first, part.content[first:end], len(part.content) - first)


def write(
    linked: bytes,
    memory: Sequence[Part],
    bytecode: Bytecode,
    written: Sequence[int] = (),
    *,
    left_out: Sequence[range] = (),
) -> bytes:
    """The image with `memory` for its writable segments, and without its linked bytecode. Every start
    writes to the pages at the addresses `written`. `linked` loads no symbols yet. Pages of code `left_out`
    go as well.
    """
    source = Elf(linked)
    for addresses in left_out:
        source.segments = [part for segment in source.segments for part in without(addresses, segment)]
    output = bytearray()
    headers = list(program_headers(source, memory, bytecode, output))
    # Not the last: Firecracker looks for PVH's entry in each note, and keeps what the last one says.
    notes = [at for at, header in enumerate(headers) if header[0] == PT_NOTE]
    headers.insert(notes[0], load_note(headers, written, output, beginning(source)))
    output += bytes(-len(output) % 8)
    fields = list(HEADER.unpack_from(output))
    fields[10] = len(headers)
    HEADER.pack_into(output, 0, *fields)
    for at, header in enumerate(headers):
        PROGRAM_HEADER.pack_into(output, HEADER.size + at * PROGRAM_HEADER.size, *header)
    return sealed(with_symbols(bytes(output), source, headers), headers, headers[notes[0]])


def sealed(content: bytes, headers: Sequence[Header], note: Header) -> bytes:
    """With its checksum: of the first page, where that is and counts as zero, and of what is behind it."""
    total = checksum.of(
        [
            content[:PAGE],
            *(
                content[max(offset, PAGE) : offset + -(-size // PAGE) * PAGE]
                for type_, flags, offset, _, _, size, _, _ in headers
                if type_ == PT_LOAD and flags and size
            ),
        ]
    )
    output = bytearray(content)
    INFO.pack_into(output, note[2] + NOTE.size, total)
    return bytes(output)


def beginning(source: Elf) -> int:
    """Where the first thing after the program headers is."""
    return min(section.offset for section in source.sections if section.flags & elf.SHF_ALLOC)


def room_for_headers(source: Elf) -> int:
    """How many program headers fit there, with a short note behind them. They are wanted at the beginning: by
    GRUB in the first 32 KiB, by the virtio bindings in memory.
    """
    return (beginning(source) - HEADER.size - NOTE.size - INFO.size) // PROGRAM_HEADER.size


def gap_that_fits(memory: Sequence[Part], room: int) -> int:
    """The least number of zero pages that shall end a run, so that there are at most `room` runs."""
    gap = GAP
    while sum(1 for part in memory for _ in runs(part, gap)) > room:
        gap *= 2
    return gap


def compiler_addresses(source: Elf) -> range:
    (compiler,) = (section for section in source.sections if section.name == COMPILER)
    return range(compiler.address, compiler.address + compiler.size)


def without(addresses: range, segment: elf.Segment) -> Iterator[elf.Segment]:
    """The segment as what of it lies before and behind `addresses`."""
    start, size = addresses.start - segment.address, segment.file_size
    if segment.type != PT_LOAD or not 0 <= start < size:
        yield segment
        return
    for begin, end in ((0, start), (start + len(addresses), size)):
        if begin < end:
            address, offset = segment.address + begin, segment.offset + begin
            yield elf.Segment(PT_LOAD, segment.flags, offset, address, end - begin, end - begin, PAGE)


def is_constant(segment: elf.Segment) -> bool:
    held = segment.type == PT_LOAD and segment.memory_size > 0 and segment.flags != 0
    return held and not segment.flags & PF_W


def program_headers(
    source: Elf, memory: Sequence[Part], bytecode: Bytecode, output: bytearray
) -> Iterator[Header]:
    """The new table, in the order of addresses; what the segments hold is appended to `output` on the way."""
    written = {segment.address for segment in source.segments if is_written(segment)}
    heap = [part for part in memory if part.address not in written]
    # The segment for symbols is empty: `with_symbols` places it behind the heap.
    loads = [segment for segment in source.segments if segment.type == PT_LOAD and segment.memory_size]
    gap = gap_that_fits(memory, room_for_headers(source) - len(source.segments) - 1)
    for segment in source.segments:
        fresh = [part for part in memory if is_written(segment) and part.address == segment.address]
        if is_constant(segment):
            yield constant(segment, source, bytecode, output)
        elif segment.type == PT_LOAD and not segment.flags:
            # The guard. A loader must see octets in the file; which does not matter, nobody can read them.
            yield header(segment, 0, PAGE)
        elif not fresh:
            yield header(segment, segment.offset, segment.file_size)
        for part in fresh:
            yield from pages(part, output, gap)
        if segment is loads[-1]:
            for part in heap:
                yield from pages(part, output, gap)


def constant(segment: elf.Segment, source: Elf, bytecode: Bytecode, output: bytearray) -> Header:
    """Headers and constants, or code. The first lies where it lay: notes and headers are found in it."""
    content = source.content[segment.offset : segment.offset + segment.file_size]
    if not output:
        content = bytecode.removed(content, segment.address)
    # Whole pages, as they are what has a checksum: what no loader brings may hold anything.
    content += bytes(-len(content) % PAGE)
    offset = len(output)
    output += content
    return header(replace(segment, memory_size=len(content)), offset, len(content))


def is_written(segment: elf.Segment) -> bool:
    """Whether it has initialised memory: all writable ones but the stack, of which nothing is left."""
    return segment.type == PT_LOAD and bool(segment.flags & PF_W) and segment.file_size > 0


def header(segment: elf.Segment, offset: int, file_size: int) -> Header:
    """With the alignment that it had: by a note's, loaders find where its content begins."""
    address, memory = segment.address, segment.memory_size
    return segment.type, segment.flags, offset, address, address, file_size, memory, segment.alignment


def pages(part: Part, output: bytearray, gap: int) -> Iterator[Header]:
    for run in runs(part, gap):
        yield (
            PT_LOAD, READ_WRITE, len(output), run.address, run.address, len(run.content), run.size, PAGE,
        )  # fmt: skip
        output += run.content


def load_note(headers: Sequence[Header], written: Sequence[int], output: bytearray, end: int) -> Header:
    """PMS1 (`runtime/include/elf_abi.h`), not sealed yet: behind the headers where there is room up to `end`,
    as virtio images read it in memory, or appended.
    """
    info = INFO.pack(0) + b"".join(WRITTEN.pack(first, count) for first, count in page_runs(headers, written))
    note = NOTE.pack(len(b"Solo5\0"), len(info), b"PMS1", b"Solo5") + info
    at = HEADER.size + (len(headers) + 1) * PROGRAM_HEADER.size
    if at + len(note) > end:
        output += bytes(-len(output) % 8) + note
        return PT_NOTE, 4, len(output) - len(note), 0, 0, len(note), len(note), 4
    output[at : at + len(note)] = note
    address = at + next(start for type_, _, _, start, *_ in headers if type_ == PT_LOAD)
    return PT_NOTE, 4, at, address, address, len(note), len(note), 4


def page_runs(headers: Sequence[Header], written: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Numbers of pages that follow each other in one segment: of the first, and how many."""
    starts = {header[3] // PAGE for header in headers if header[0] == PT_LOAD}
    first = count = 0
    for page in sorted(address // PAGE for address in written):
        if count and (page != first + count or page in starts):
            yield first, count
            count = 0
        first = first if count else page
        count += 1
    if count:
        yield first, count


class Place(TypedDict, total=False):
    """Where a section is."""

    type: int
    offset: int


def place(section: elf.Section, headers: Sequence[Header]) -> Place:
    """Constants and code are whole in the file; what was written has no one place there any more, and what
    was left out none.
    """
    for type_, flags, offset, address, _, size, _, _ in headers:
        start = section.address - address
        within = start >= 0 and start + section.size <= size
        if type_ == PT_LOAD and flags and not flags & PF_W and within:
            return {"offset": offset + start}
    return {"type": SHT_NOBITS, "offset": 0}


def with_symbols(content: bytes, source: Elf, headers: Sequence[Header]) -> bytes:
    """Function names for fault reports, as in the linked image."""
    sections = [
        replace(section, **place(section, headers)) if at else section
        for at, section in enumerate(source.sections)
        if at == 0 or section.flags & elf.SHF_ALLOC
    ]
    tables = {
        section.name: source.content[section.offset : section.offset + section.size]
        for section in source.sections
    }
    return elf.append_sections(content, len(content), sections, tables[".symtab"], tables[".strtab"])
