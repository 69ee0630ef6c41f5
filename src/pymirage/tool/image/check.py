"""What is looked at in every finished image before it is called finished."""

from __future__ import annotations

import os
import re
import subprocess
from bisect import bisect_right
from pathlib import Path

from pymirage.tool.image.elf import PF_W, PF_X, PT_LOAD, STT_FUNC, Elf
from pymirage.tool.image.error import ImageError

# The instructions that enter a Linux kernel: syscall, sysenter, int 0x80.
KERNEL_ENTRY = re.compile(rb"\x0f\x05|\x0f\x34|\xcd\x80")
MNEMONICS = re.compile(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(syscall|sysenter|int +\$0x80)", re.MULTILINE)


def check(elf: Elf, path: Path, target: str) -> None:
    """Raises when a segment is writable and executable, or a machine's image would call a kernel it lacks."""
    for segment in elf.segments:
        if segment.type == PT_LOAD and segment.flags & PF_W and segment.flags & PF_X:
            raise ImageError(f"{path}: the segment at {segment.address:#x} is writable and executable")
    if target in ("hvt", "virtio"):
        entries = kernel_entries(elf, path)
        if entries:
            raise ImageError(
                f"{path}: {entries[0]} holds a system call instruction, which no {target} guest can do"
            )


def kernel_entries(elf: Elf, path: Path) -> list[str]:
    """Functions that hold such an instruction, by name.

    The octets also occur inside of constants and addresses, so where they are found the function around is
    disassembled; disassembling all of an image takes longer than building it.
    """
    names = {symbol.address: symbol.name for symbol in elf.symbols() if symbol.info & 15 == STT_FUNC}
    found = []
    for section in elf.executable():
        end = section.address + section.size
        # A function reaches to the next one: assembly does not always say how large it is.
        starts = sorted({section.address, *(at for at in names if section.address < at < end)})
        code = elf.content[section.offset : section.offset + section.size]
        hits = [section.address + match.start() for match in KERNEL_ENTRY.finditer(code)]
        for index in sorted({bisect_right(starts, hit) - 1 for hit in hits}):
            stop = starts[index + 1] if index + 1 < len(starts) else end
            if holds_entry(path, starts[index], stop):
                found.append(names.get(starts[index], f"the code at {starts[index]:#x}"))
    return found


def holds_entry(path: Path, start: int, stop: int) -> bool:
    done = subprocess.run(
        ["objdump", "--disassemble", f"--start-address={start:#x}", f"--stop-address={stop:#x}", path],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
    )
    return MNEMONICS.search(done.stdout) is not None
