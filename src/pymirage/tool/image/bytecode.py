"""The bytecode of an initialised image. Of imported modules it goes: their functions are in memory. All other
was compressed into that memory, too (runtime/python/frozen.c).

The tables of frozen modules say where each is. A module without an address is "excluded"
(`Python/import.c`): importing it a second time raises ImportError.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pymirage.tool.image.assembly import pair
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.freeze import Frozen
from pymirage.tool.image.initialise import Kind

# Of struct _frozen: code, size and is_package. The name before it may be a string that others use, too.
ROW = struct.Struct("<QQ")


@dataclass(frozen=True, slots=True)
class Bytecode:
    """The frozen modules of an image, in the order in which they were linked, and where those lie now that it
    has not imported: address and size by name.
    """

    modules: Sequence[Frozen]
    compressed: Mapping[str, tuple[int, int]]

    def kept(self) -> list[Frozen]:
        return [module for module in self.modules if module.name in self.compressed]

    def removed(self, content: bytes, address: int) -> bytes:
        """The segment at `address`, shortened to where bytecode begins."""
        whole = b"".join(module.code for module in self.modules)
        start = content.rindex(whole)
        output = bytearray(content[:start])
        old = address + start
        for module in self.modules:
            row = self.find_row(content, old, module)
            old += len(module.code)
            place, size = self.compressed.get(module.name, (0, 0))
            ROW.pack_into(output, row, place, pair(size, module.is_package and size > 0))
        return bytes(output)

    @staticmethod
    def find_row(content: bytes, code: int, module: Frozen) -> int:
        wanted = ROW.pack(code, pair(len(module.code), module.is_package))
        row = content.find(wanted)
        if row < 0:
            raise ImageError(f"the linked image has no table row for {module.name}: report it")
        return row


def compressed(census: Sequence[Kind]) -> dict[str, tuple[int, int]]:
    return {kind.name: (kind.count, kind.size) for kind in census if kind.sort == "bytecode"}
