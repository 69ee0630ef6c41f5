"""Tags: the 32 bits before every piece of metadata (littlefs SPEC, "Metadata tags").

1 valid bit, inverted | 11 type | 10 id | 10 length
"""

from __future__ import annotations

from typing import Final

# Types, all 11 bits of them.
REGULAR: Final = 0x001
DIRECTORY: Final = 0x002
SUPERBLOCK: Final = 0x0FF
DIRECTORY_STRUCT: Final = 0x200
INLINE_STRUCT: Final = 0x201
CTZ_STRUCT: Final = 0x202
USER_ATTRIBUTE: Final = 0x300
CREATE: Final = 0x401
DELETE: Final = 0x4FF
CRC: Final = 0x500
FORWARD_CRC: Final = 0x5FF
SOFT_TAIL: Final = 0x600
HARD_TAIL: Final = 0x601
MOVE_STATE: Final = 0x7FF

# The first three bits of a type.
NAME_CLASS: Final = 0
STRUCT_CLASS: Final = 2
ATTRIBUTE_CLASS: Final = 3
TAIL_CLASS: Final = 6

NO_ID: Final = 0x3FF
DELETED: Final = 0x3FF
INVALID: Final = 0x8000_0000
NOTHING_BEFORE: Final = 0xFFFF_FFFF
NULL: Final = 0xFFFF_FFFF

Attribute = tuple[int, bytes]  # a tag, and its data


def make(kind: int, id: int, data: bytes = b"") -> Attribute:
    return kind << 20 | id << 10 | len(data), data
