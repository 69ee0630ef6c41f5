"""The functions of octets.py that compiled code calls as inlined C (primitives.h) instead of as Python functions.

octets.py stays what is true: it is what interpreted code runs, what the tests compare with, and what compiled code calls
when nobody registers these. mypyc has no public way to add primitives, which is one reason why its version is exact.
A C function behind Python's calling convention would cost more than it saves (measured: 465 ns instead of 392 per segment
received; with these 200).
"""

from __future__ import annotations

from pathlib import Path

from mypyc.ir.deps import SourceDep
from mypyc.ir.ops import ERR_ALWAYS, ERR_MAGIC, ERR_NEVER
from mypyc.ir.rtypes import (
    RType,
    bytearray_rprimitive,
    bytes_rprimitive,
    int64_rprimitive,
    none_rprimitive,
)
from mypyc.primitives.registry import function_op
