"""Compiles files of `runtime/libc` into a shared library for the host: tests call single functions of it."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.runtime.toolchain import RUNTIME, missing_compiler

LIBC = RUNTIME / "libc"


def library(directory: Path, files: Sequence[str], *flags: str, source: str = "") -> ctypes.CDLL:
    """The library of these files (relative to runtime/libc) and of C text of the test's own."""
    reason = missing_compiler()
    if reason:
        pytest.skip(reason)
    own = directory / "own.c"
    own.write_text(source)
    path = directory / "library.so"
    # The compiled functions call each other, not the ones of the same name in this process.
    linked = ("-shared", "-fPIC", "-Wl,-Bsymbolic", "-o", str(path))
    # Undefined behaviour ends the test with an illegal instruction.
    checked = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
    includes = ("-I", str(LIBC), "-I", str(RUNTIME / "include"), "-I", str(directory))
    names = [str(LIBC / name) for name in files]
    words = ("-std=gnu11", "-O2", "-D_GNU_SOURCE", *checked, *includes, *flags, *linked)
    command = ["gcc", *words, str(own), *names]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(path))
