"""The functions of octets.py that compiled code calls as inlined C (primitives.h).

octets.py stays what is true: interpreted code runs it, the tests compare with it, and compiled code calls it
when nobody registers these. mypyc has no public way to add primitives, which is one reason why its version
is exact. A C function behind Python's calling convention would cost more than it saves.
"""

from __future__ import annotations

from pathlib import Path

from mypyc.ir.deps import HeaderDep
from mypyc.ir.ops import ERR_MAGIC, ERR_MAGIC_OVERLAPPING
from mypyc.ir.rtypes import (
    RType,
    bytearray_rprimitive,
    bytes_rprimitive,
    int64_rprimitive,
    none_rprimitive,
)
from mypyc.primitives.registry import function_op

HEADER = Path(__file__).with_name("primitives.h")
INCLUDE = str(HEADER.parent)
"""For the C compiler's -I."""

DATA: RType = bytes_rprimitive
BUFFER: RType = bytearray_rprimitive
NUMBER: RType = int64_rprimitive
NOTHING: RType = none_rprimitive

READERS = ("u8", "u16", "u32", "u16_le", "u32_le")
WRITERS = ("put_u8", "put_u16", "put_u32")
MAKERS = ("b16", "b32", "b16_le", "b32_le")


def register() -> None:
    """Tell mypyc, in the process that compiles, before it does."""
    for name in READERS:
        define(name, [DATA, NUMBER], NUMBER, ERR_MAGIC_OVERLAPPING)
    for name in WRITERS:
        define(name, [BUFFER, NUMBER, NUMBER], NOTHING, ERR_MAGIC)
    for name in MAKERS:
        define(name, [NUMBER], DATA, ERR_MAGIC)
    define("sum16", [DATA, NUMBER, NUMBER], NUMBER, ERR_MAGIC_OVERLAPPING)
    define("sum16_of", [BUFFER, NUMBER, NUMBER], NUMBER, ERR_MAGIC_OVERLAPPING)
    define("join", [BUFFER, NUMBER, DATA, NUMBER, NUMBER], DATA, ERR_MAGIC)


def define(name: str, arguments: list[RType], result: RType, error_kind: int) -> None:
    function_op(
        name=f"pymirage.octets.{name}",
        arg_types=arguments,
        return_type=result,
        c_function_name=f"pymirage_{name}",
        error_kind=error_kind,
        dependencies=[HeaderDep("primitives.h", internal=False)],
    )
