"""Reading and trimming finished images: ELF64, little-endian, linked statically.

Section and field names are those of the System V gABI.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from pymirage.tool.image.error import ImageError

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
# What stands before the table where an image loads it: symbols, octets of names (bindings/virtio/start.c).
LOADED_SYMBOLS = struct.Struct("<QQ")
PAGE = 4096

PT_LOAD = 1
PF_X, PF_W, PF_R = 1, 2, 4
SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS = 2, 3, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
STT_FUNC = 2


@dataclass(frozen=True, slots=True)
class Segment:
    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    alignment: int


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    alignment: int
    entry_size: int


@dataclass(frozen=True, slots=True)
class Symbol:
    name: str
    info: int
    section: int
    address: int
    size: int


class Elf:
    """An image's bytes, with its headers read."""

    def __init__(self, content: bytes) -> None:
        if len(content) < HEADER.size or content[:6] != b"\x7fELF\x02\x01":
            raise ImageError("the linker's output is not a 64-bit ELF file")
        self.content = content
        self.header = HEADER.unpack_from(content)
        (_, _, _, _, _, _, shoff, _, _, _, _, _, shnum, shstrndx) = self.header
        self.segments = segments(content)
        raw = [SECTION_HEADER.unpack_from(content, shoff + at * SECTION_HEADER.size) for at in range(shnum)]
        names = raw[shstrndx][4]
        self.sections = [
            Section(
                string(content, names + name), type_, flags, address, offset, size, link, alignment, entry
            )
            for name, type_, flags, address, offset, size, link, _, alignment, entry in raw
        ]

    def symbols(self) -> Iterator[Symbol]:
        for section in self.sections:
            if section.type == SHT_SYMTAB:
                names = self.sections[section.link].offset
                table = self.content[section.offset : section.offset + section.size]
                for name, info, _, index, address, size in SYMBOL.iter_unpack(table):
                    yield Symbol(string(self.content, names + name), info, index, address, size)

    def executable(self) -> list[Section]:
        return [section for section in self.sections if section.flags & SHF_EXECINSTR]


def segments(content: bytes) -> list[Segment]:
    _, _, _, _, _, phoff, _, _, _, _, phnum, *_ = HEADER.unpack_from(content)
    return [segment(content, phoff + at * PROGRAM_HEADER.size) for at in range(phnum)]


def segment(content: bytes, at: int) -> Segment:
    type_, flags, offset, address, _, file_size, memory_size, alignment = PROGRAM_HEADER.unpack_from(
        content, at
    )
    return Segment(type_, flags, offset, address, file_size, memory_size, alignment)


def string(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode()


def trim(content: bytes) -> bytes:
    """The image with function names as its only symbols: what a fault report needs.

    They are not loaded, and cost a quarter of a MiB of hello's 5.5; all symbols would be twice that.

    Everything after the loaded segments is written anew: symbols, strings, section headers.
    """
    elf = Elf(content)
    loaded = loaded_size(content)
    sections = [section for at, section in enumerate(elf.sections) if at == 0 or section.flags & SHF_ALLOC]
    renumbered = {section.name: at for at, section in enumerate(sections)}
    table, names = bytearray(SYMBOL.size), bytearray(1)
    places: dict[str, int] = {}
    for symbol in sorted(functions(elf), key=lambda symbol: (symbol.address, symbol.name)):
        if symbol.name not in places:
            places[symbol.name] = len(names)
            names += symbol.name.encode() + b"\0"
        index = renumbered[elf.sections[symbol.section].name]
        # Binding "local": the order is by address, and nobody links with an image.
        table += SYMBOL.pack(places[symbol.name], STT_FUNC, 0, index, symbol.address, symbol.size)
    return append_sections(content, loaded, sections, bytes(table), bytes(names))


def loaded_size(content: bytes) -> int:
    """How much of the file a tender reads into the guest."""
    return max(part.offset + part.file_size for part in Elf(content).segments if part.type == PT_LOAD)


def functions(elf: Elf) -> Iterator[Symbol]:
    """One symbol for each address: the first name of it, in alphabetical order."""
    named: dict[int, Symbol] = {}
    for symbol in elf.symbols():
        # Functions in assembly may have no size; reports then take them to reach to the next.
        is_function = symbol.info & 15 == STT_FUNC and 0 < symbol.section < len(elf.sections)
        if is_function and (symbol.address not in named or symbol.name < named[symbol.address].name):
            named[symbol.address] = symbol
    yield from named.values()


def append_sections(
    content: bytes, loaded: int, sections: list[Section], table: bytes, names: bytes
) -> bytes:
    output = bytearray(content[:loaded])
    first_free = len(sections)
    output += bytes(-len(output) % 8)
    loaded_symbols = len(output)
    output += LOADED_SYMBOLS.pack(len(table) // SYMBOL.size, len(names)) if holds_symbols(content) else b""
    symtab = place(output, table, ".symtab", SHT_SYMTAB, 8, link=first_free + 1, entry_size=SYMBOL.size)
    strtab = place(output, names, ".strtab", SHT_STRTAB, 1)
    load_symbols(output, loaded_symbols)
    section_names = bytearray(1)
    offsets = []
    for name in [*(section.name for section in sections), ".symtab", ".strtab", ".shstrtab"]:
        offsets.append(len(section_names) if name else 0)
        section_names += name.encode() + b"\0" if name else b""
    shstrtab = place(output, bytes(section_names), ".shstrtab", SHT_STRTAB, 1)
    output += bytes(-len(output) % 8)
    section_headers = len(output)
    for offset, section in zip(offsets, [*sections, symtab, strtab, shstrtab], strict=True):
        # A symbol table's `info` is the index of its first global symbol; there are none.
        info = len(table) // SYMBOL.size if section.type == SHT_SYMTAB else 0
        output += SECTION_HEADER.pack(
            offset, section.type, section.flags, section.address, section.offset, section.size,
            section.link, info, section.alignment, section.entry_size,
        )  # fmt: skip
    header = list(HEADER.unpack_from(output))
    header[6], header[12], header[13] = section_headers, len(sections) + 3, len(sections) + 2
    HEADER.pack_into(output, 0, *header)
    return bytes(output)


def without_loaded_symbols(content: bytes) -> bytes:
    """The image as it was before `load_symbols`: they are in the file, but not in memory."""
    output = bytearray(content)
    (table,) = (section for section in Elf(content).sections if section.type == SHT_SYMTAB)
    _, _, _, _, _, phoff, _, _, _, _, phnum, *_ = HEADER.unpack_from(content)
    for at in range(phoff, phoff + phnum * PROGRAM_HEADER.size, PROGRAM_HEADER.size):
        found = segment(content, at)
        if found.type == PT_LOAD and 0 <= table.offset - found.offset < found.file_size:
            PROGRAM_HEADER.pack_into(output, at, PT_LOAD, PF_R, 0, 0, 0, 0, 0, PAGE)
    return bytes(output)


def empty_segment(content: bytes | bytearray) -> int | None:
    """Where the header is of the segment that a linker script keeps free for symbols; None: there is none."""
    _, _, _, _, _, phoff, _, _, _, _, phnum, *_ = HEADER.unpack_from(content)
    for at in range(phoff, phoff + phnum * PROGRAM_HEADER.size, PROGRAM_HEADER.size):
        type_, flags, _, _, _, _, memory_size, _ = PROGRAM_HEADER.unpack_from(content, at)
        if type_ == PT_LOAD and flags == PF_R and memory_size == 0:
            return at
    return None


def holds_symbols(content: bytes) -> bool:
    """Whether an image loads its own symbols, where nobody else has its file when it fails."""
    return empty_segment(content) is not None


def load_symbols(output: bytearray, start: int) -> None:
    """Have everything from `start` on loaded, if the image keeps a segment for that."""
    header = empty_segment(output)
    if header is None:
        return
    size = len(output) - start
    end = room_for(size + PAGE, segments(bytes(output)))
    address = end + (start - end) % PAGE
    PROGRAM_HEADER.pack_into(output, header, PT_LOAD, PF_R, start, address, address, size, size, PAGE)
    sort_loads(output)


def room_for(size: int, parts: Sequence[Segment]) -> int:
    """The first page of a hole between segments, such as bytecode leaves that was imported, or behind all."""
    loads = sorted(
        (part.address, part.address + part.memory_size)
        for part in parts
        if part.type == PT_LOAD and part.memory_size
    )
    for (_, end), (following, _) in pairwise(loads):
        if following - page_up(end) >= size:
            return page_up(end)
    return page_up(loads[-1][1])


def page_up(address: int) -> int:
    return -(-address // PAGE) * PAGE


def sort_loads(output: bytearray) -> None:
    """Segments that are loaded stand in the order of their addresses (System V gABI)."""
    _, _, _, _, _, phoff, _, _, _, _, phnum, *_ = HEADER.unpack_from(output)
    table = range(phoff, phoff + phnum * PROGRAM_HEADER.size, PROGRAM_HEADER.size)
    headers = {at: PROGRAM_HEADER.unpack_from(output, at) for at in table}
    places = [at for at, header in headers.items() if header[0] == PT_LOAD]
    for at, header in zip(places, sorted((headers[at] for at in places), key=itemgetter(3)), strict=True):
        PROGRAM_HEADER.pack_into(output, at, *header)


def place(
    output: bytearray, data: bytes, name: str, type_: int, alignment: int, link: int = 0, entry_size: int = 0
) -> Section:
    output += bytes(-len(output) % alignment)
    section = Section(name, type_, 0, 0, len(output), len(data), link, alignment, entry_size)
    output += data
    return section
