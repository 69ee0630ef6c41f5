"""The bytecode of modules that an initialised image has imported: their functions are in memory, so it goes.

What is left moves together, at the end of the constants. The tables of frozen modules say where each is; a
module without an address is "excluded" (`Python/import.c`): importing it a second time raises ImportError.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pymirage.tool.image.assembly import pair
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.freeze import Frozen

# Of struct _frozen: code, size and is_package. The name before it may be a string that others use, too.
ROW = struct.Struct("<QQ")


@dataclass(frozen=True, slots=True)
class Bytecode:
    """The frozen modules of an image, in the order in which they were linked, and which of them it has
    imported.
    """

    modules: Sequence[Frozen]
    imported: Collection[str]

    def kept(self) -> list[Frozen]:
        return [module for module in self.modules if module.name not in self.imported]

    def without_imported(self, content: bytes, address: int) -> bytes:
        """The segment at `address`, shortened to the end of the bytecode that stays."""
        whole = b"".join(module.code for module in self.modules)
        start = content.rindex(whole)
        output = bytearray(content[:start])
        old = start
        for module in self.modules:
            row = self.find_row(content, address + old, module)
            old += len(module.code)
            if module.name in self.imported:
                ROW.pack_into(output, row, 0, 0)
            else:
                ROW.pack_into(output, row, address + len(output), pair(len(module.code), module.is_package))
                output += module.code
        return bytes(output)

    @staticmethod
    def find_row(content: bytes, code: int, module: Frozen) -> int:
        wanted = ROW.pack(code, pair(len(module.code), module.is_package))
        row = content.find(wanted)
        if row < 0:
            raise ImageError(f"the linked image has no table row for {module.name}: report it")
        return row
