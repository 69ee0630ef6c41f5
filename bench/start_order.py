"""Which C functions a start runs: `python -m bench.start_order COMMAND…`, from a machine of x86-64.

The command is a tender with an image for spt (`pymirage run -t spt --print-command`). It is single-stepped
until the image says something or waits, and the functions that it went through are printed as the list in
`runtime/bindings/start_order.lds`, joined with what is there. Runs of several programs add up.
"""

import ctypes
import os
import re
import select
import signal
import sys
from bisect import bisect
from pathlib import Path

from pymirage.tool.image.elf import Elf

LIST = Path(__file__).parents[1] / "runtime" / "bindings" / "start_order.lds"
HEAD = """\
/* SPDX-License-Identifier: ISC */
/* Functions that starts run, side by side: `python -m bench.start_order` made the list (see image.lds). */
"""
# <sys/ptrace.h>, <sys/reg.h>
TRACEME, PEEKUSER, SINGLESTEP, RIP = 0, 3, 9, 16
# Above, there is the tender.
IMAGE_END = 1 << 32
LOOK, PATIENCE = 5000, 60

ptrace = ctypes.CDLL(None).ptrace
ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ptrace.restype = ctypes.c_long


def addresses(command: list[str]) -> set[int]:
    """Of all instructions of the image."""
    console, given = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(given, 1)
        ptrace(TRACEME, 0, None, None)
        os.execv(command[0], command)
    os.close(given)
    # Who waits for something makes no more steps.
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(PATIENCE)
    _, status = os.waitpid(child, 0)
    found: set[int] = set()
    steps = 0
    while os.WIFSTOPPED(status):
        found.add(ptrace(PEEKUSER, child, 8 * RIP, None))
        steps += 1
        if steps % LOOK == 0 and select.select([console], [], [], 0)[0]:
            os.kill(child, signal.SIGKILL)
        ptrace(SINGLESTEP, child, None, None)
        _, status = os.waitpid(child, 0)
    return {address for address in found if 0 < address < IMAGE_END}


def names(image: Path, found: set[int]) -> set[str]:
    symbols = sorted({(symbol.address, symbol.name) for symbol in Elf(image.read_bytes()).symbols()})
    starts = [address for address, _ in symbols]
    return {symbols[bisect(starts, address) - 1][1] for address in found}


def listed() -> set[str]:
    return set(re.findall(r"\*\(\.text\.(\S+)\)", LIST.read_text())) if LIST.exists() else set()


def main(command: list[str]) -> None:
    image = next(Path(word) for word in command[1:] if Path(word).is_file())
    every = listed() | names(image, addresses(command))
    print(HEAD + "\n".join(f"*(.text.{name})" for name in sorted(every)))


if __name__ == "__main__":
    main(sys.argv[1:])
