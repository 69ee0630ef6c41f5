"""The tables that make a runtime into one image: frozen modules, C modules, embedded files, the manifest."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.image import freeze, manifest
from pymirage.tool.image.assembly import Assembly, Label
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.freeze import Frozen
from pymirage.tool.image.plan import Device


@dataclass(frozen=True, slots=True)
class File:
    """An embedded file; its name is relative to the table's directory, with "/" between the parts."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Tables:
    modules: Sequence[Frozen]
    # Module name -> symbol of its init function, None for what the interpreter sets up itself.
    c_modules: Mapping[str, str | None]
    crunched: Mapping[str, Sequence[File]]
    devices: Sequence[Device]

    def octets(self) -> int:
        """The size of all bytecode and files."""
        files = sum(len(file.content) for table in self.crunched.values() for file in table)
        return files + sum(len(module.code) for module in self.modules)

    def write(self, directory: Path) -> Path:
        """Writes `image.s` and the octets beside it; the assembler must be run in `directory`."""
        assembly = Assembly("image.bin")
        freeze.emit(self.modules, assembly)
        emit_inittab(self.c_modules, assembly)
        emit_crunched(self.crunched, assembly)
        emit_manifest(self.devices, assembly)
        return assembly.write(directory)


def emit_inittab(c_modules: Mapping[str, str | None], assembly: Assembly) -> None:
    """`struct _inittab`, in place of `Modules/config.c`: what is not named here is not linked."""
    rows: list[tuple[Label | int, ...]] = [
        (assembly.string(name), symbol) for name, symbol in sorted(c_modules.items())
    ]
    assembly.table("_PyImport_Inittab", [*rows, (None, None)])


def emit_crunched(crunched: Mapping[str, Sequence[File]], assembly: Assembly) -> None:
    """The embedded files, as `runtime/python/embedded.h` declares them."""
    tables: list[tuple[Label | int, ...]] = []
    for number, (table, files) in enumerate(sorted(crunched.items())):
        rows = [file_row(f".Lfile{number}_{at}", file, assembly) for at, file in enumerate(files)]
        end: tuple[Label | int, ...] = (None, None, *[0] * 5)
        label = assembly.table(f".Lfiles{number}", [*rows, end], public=False)
        tables.append((assembly.string(table), label))
    assembly.table("embedded_tables", [*tables, (None, None)])


def file_row(label: str, file: File, assembly: Assembly) -> tuple[Label | int, ...]:
    """struct embedded_file; the digest's 32 octets lie in the row itself, as four integers."""
    content = assembly.data(label, file.content, alignment=16)
    digest = struct.unpack("<4Q", hashlib.sha256(file.content).digest())
    return assembly.string(file.name), content, len(file.content), *digest


def emit_manifest(devices: Sequence[Device], assembly: Assembly) -> None:
    assembly.section('.note.solo5.manifest, "a", %note')
    assembly.lines.append(".globl solo5_mft1_note")
    assembly.data("solo5_mft1_note", manifest.note(devices), alignment=8)


def read_files(directory: Path) -> tuple[File, ...]:
    """The files under `directory`, sorted by name; symbolic links are followed inside of it only.

    A file is a table of its own.
    """
    if directory.is_file():
        return (File(directory.name, directory.read_bytes()),)
    if not directory.is_dir():
        raise ImageError(f"{directory} is not a directory; kv.crunch(…) in config.py names it")
    top = directory.resolve()
    names = [
        path.relative_to(top).as_posix()
        for path in top.rglob("*")
        if path.is_file() and path.resolve().is_relative_to(top)
    ]
    return tuple(File(name, (top / name).read_bytes()) for name in sorted(names, key=str.encode))
