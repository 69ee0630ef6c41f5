"""Constant data as assembler text, for tables that C would take seconds to compile.

Octets are not spelled out: they lie in one file beside the text, and `.incbin` copies slices of it.
"""

from __future__ import annotations

from pathlib import Path

# An address in a table; None is a null pointer.
Label = str | None


class Assembly:
    """Collects read-only tables, strings and slices; equal strings share one label."""

    CONSTANTS = '.rodata.image, "a"'

    def __init__(self, octets_name: str) -> None:
        self.octets_name = octets_name
        self.octets = bytearray()
        self.lines = [f".section {self.CONSTANTS}"]
        self.strings: dict[str, str] = {}

    def string(self, text: str) -> str:
        """The label of `text` as a C string."""
        if text not in self.strings:
            self.strings[text] = f".Lstring{len(self.strings)}"
            characters = "".join(
                f"\\{octet:03o}" if octet < 32 or octet > 126 or octet in b'"\\' else chr(octet)
                for octet in text.encode()
            )
            self.lines.append(f'{self.strings[text]}: .asciz "{characters}"')
        return self.strings[text]

    def data(self, label: str, content: bytes, alignment: int = 1) -> str:
        """Puts `content` under `label`, which other files do not see."""
        self.lines.append(f".balign {alignment}")
        self.lines.append(f"{label}:")
        if content:
            self.lines.append(f'.incbin "{self.octets_name}", {len(self.octets)}, {len(content)}')
        self.octets += content
        return label

    def section(self, declaration: str) -> None:
        self.lines.append(f".section {declaration}")

    def table(self, label: str, rows: list[tuple[Label | int, ...]], *, public: bool = True) -> str:
        """An array of C structures: labels, null pointers and `int`s are eight octets each.

        All structures that an image's tables need hold pointers and sizes; pairs of C `int`s are packed
        into one value by `pair`.
        """
        if public:
            self.lines.append(f".globl {label}")
        self.lines += [".balign 8", f"{label}:"]
        for row in rows:
            self.lines.append(".quad " + ", ".join(str(value) if value is not None else "0" for value in row))
        return label

    def write(self, directory: Path) -> Path:
        (directory / self.octets_name).write_bytes(self.octets)
        text = directory / Path(self.octets_name).with_suffix(".s").name
        text.write_text("\n".join([*self.lines, '.section .note.GNU-stack, "", %progbits', ""]))
        return text


def pair(first: int, second: int) -> int:
    """Two adjacent C `int`s, little-endian, as one eight-octet value."""
    return first | second << 32
