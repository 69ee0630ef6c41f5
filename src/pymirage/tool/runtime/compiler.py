"""The C compiler: found, identified, and with the flags that every part of an image is compiled with."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from pymirage.tool.runtime.error import RuntimeBuildError

PACKAGES = "apt-get install build-essential"

# Set explicitly, because distributions differ in what their gcc does by default.
IMAGE_FLAGS = (
    # An image is linked to a fixed address and relocates nothing.
    "-fno-pie",
    "-fno-plt",
    # The link drops what no one calls.
    "-ffunction-sections",
    "-fdata-sections",
    # Nothing unwinds through C: no C++ exceptions, and a fault prints symbols.
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-fno-stack-protector",
    "-fcf-protection=none",
    "-U_FORTIFY_SOURCE",
)


@dataclass(frozen=True, slots=True)
class Compiler:
    """gcc. `identity` changes when another version of it, the assembler or the linker is installed; `include`
    holds its own headers."""

    command: str
    identity: tuple[str, ...]
    include: Path


def find() -> Compiler:
    """Raises RuntimeBuildError, naming the package, when there is none that works."""
    for program in ("gcc", "as", "ld", "ar", "make"):
        if which(program) is None:
            raise RuntimeBuildError(f"{program} is not installed: {PACKAGES}")
    if ask("-dumpmachine").partition("-")[0] != "x86_64":
        raise RuntimeBuildError(f"gcc compiles for {ask('-dumpmachine')}; images need an x86-64 machine")
    identity = tuple(ask("--version", program).partition("\n")[0] for program in ("gcc", "as", "ld"))
    return Compiler("gcc", identity, Path(ask("-print-file-name=include")))


def ask(option: str, program: str = "gcc") -> str:
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeBuildError(f"{program} does not work ({done.stderr.strip()[:80]}): {PACKAGES}")
    return done.stdout.strip()


def image_cc(compiler: Compiler, base: Path) -> tuple[str, ...]:
    """The command that compiles C for an image against the musl and CPython of `base`."""
    includes = (base / "include", compiler.include, base / "include" / "python3.13")
    search = tuple(word for include in includes for word in ("-isystem", str(include)))
    return (compiler.command, "-nostdinc", *search, "-std=gnu11", "-D_GNU_SOURCE", *IMAGE_FLAGS)
