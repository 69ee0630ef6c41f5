"""musl, static, with every system call turned into one C function (runtime/libc/musl says how)."""

from __future__ import annotations

from pathlib import Path

from pymirage.tool.runtime.compiler import IMAGE_FLAGS, Compiler
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.progress import Meter
from pymirage.tool.runtime.unpack import copy_tree

# Removed. These hold the instruction itself; musl takes its portable C where the machine's own is absent.
ASSEMBLY = (
    "src/process/x86_64/vfork.s",
    "src/signal/x86_64/restore.s",
    "src/thread/x86_64/__set_thread_area.s",
    "src/thread/x86_64/__unmapself.s",
    "src/thread/x86_64/clone.s",
    "src/thread/x86_64/syscall_cp.s",
    # Replaced by C that is faster for short lengths.
    "src/string/x86_64/memcpy.s",
    "src/string/x86_64/memmove.s",
    "src/string/x86_64/memset.s",
)

CONFIGURE = (
    "--syslibdir=/nowhere",
    "--disable-shared",
    "--disable-wrapper",
    "--with-malloc=pymirage",
    f"CFLAGS=-O2 {' '.join(IMAGE_FLAGS)}",
)

# Compilations and archive steps that make prints.
LINES = 1370


def build(
    tree: Path, replacements: Path, base: Path, compiler: Compiler, jobs: int, run: Runner, meter: Meter
) -> None:
    """Builds the unpacked `tree` and installs headers and archives in `base`."""
    for name in ASSEMBLY:
        (tree / name).unlink()
    copy_tree(replacements, tree)
    done = 0

    def line(_: str) -> None:
        nonlocal done
        done += 1
        meter.advance(done / LINES)

    run.run(("./configure", f"--prefix={base}", f"CC={compiler.command}", *CONFIGURE), tree)
    run.run(("make", f"-j{jobs}", "all"), tree, line)
    run.run(("make", "install-libs", "install-headers"), tree)
    # Some distributions' ar writes times into archives.
    run.run(("objcopy", "--enable-deterministic-archives", base / "lib" / "libc.a"), tree)
