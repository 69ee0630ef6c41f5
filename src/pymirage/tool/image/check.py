"""What is looked at in every finished image before it is called finished."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from pymirage.tool.image.elf import PF_W, PF_X, PT_LOAD, STT_FUNC, Elf, Symbol
from pymirage.tool.image.error import ImageError

# The instructions that enter a Linux kernel: syscall, sysenter, int 0x80.
KERNEL_ENTRY = re.compile(rb"\x0f\x05|\x0f\x34|\xcd\x80")
MNEMONICS = re.compile(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(syscall|sysenter|int +\$0x80)", re.MULTILINE)


def check(elf: Elf, path: Path, target: str) -> None:
    """Raises when a segment is writable and executable, or an hvt image would call a kernel it lacks."""
    for segment in elf.segments:
        if segment.type == PT_LOAD and segment.flags & PF_W and segment.flags & PF_X:
            raise ImageError(f"{path}: the segment at {segment.address:#x} is writable and executable")
    if target == "hvt":
        entries = kernel_entries(elf, path)
        if entries:
            raise ImageError(
                f"{path}: {entries[0]} holds a system call instruction, which no hvt guest can do"
            )


def kernel_entries(elf: Elf, path: Path) -> list[str]:
    """Functions that hold such an instruction.

    The octets also occur inside of constants and addresses, so where they are found the function around is
    disassembled; disassembling all of an image takes longer than building it.
    """
    functions = sorted(
        (symbol for symbol in elf.symbols() if symbol.info & 15 == STT_FUNC and symbol.size),
        key=lambda symbol: symbol.address,
    )
    suspects: dict[str, Symbol] = {}
    found = []
    for section in elf.executable():
        code = elf.content[section.offset : section.offset + section.size]
        for match in KERNEL_ENTRY.finditer(code):
            address = section.address + match.start()
            around = function_at(functions, address)
            if around is None:
                found.append(f"address {address:#x}")
            else:
                suspects[around.name] = around
    return found + [name for name, symbol in suspects.items() if disassembly_has_entry(path, symbol)]


def function_at(functions: list[Symbol], address: int) -> Symbol | None:
    from bisect import bisect_right

    at = bisect_right(functions, address, key=lambda symbol: symbol.address) - 1
    if at >= 0 and address < functions[at].address + functions[at].size:
        return functions[at]
    return None


def disassembly_has_entry(path: Path, symbol: Symbol) -> bool:
    done = subprocess.run(
        [
            "objdump",
            "--disassemble",
            f"--start-address={symbol.address:#x}",
            f"--stop-address={symbol.address + symbol.size:#x}",
            path,
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    return MNEMONICS.search(done.stdout) is not None
