"""A finished runtime, as the image build uses it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FACTS = "runtime.json"


@dataclass(frozen=True)
class Runtime:
    """Two directories of the cache: `base` for all targets, `root` for this one."""

    target: str
    key: str
    base: Path
    root: Path
    python_version: str
    musl_version: str

    @property
    def cc(self) -> tuple[str, ...]:
        """Compiles C for an image: the compiler and its flags; add -O and -c."""
        compiler, *flags = self._facts["cc"]
        return (compiler, *(flag.replace("{base}", str(self.base)) for flag in flags))

    @property
    def python(self) -> Path:
        """An interpreter of the guest's version that runs on the host."""
        return self.base / "bin" / "python3.13"

    @property
    def stdlib(self) -> Path:
        """The guest's standard library, as sources."""
        return self.base / "lib" / "python3.13"

    @property
    def overlay(self) -> Path:
        """Modules that take the place of the standard library's in an image."""
        return self.root / "overlay"

    @property
    def initialiser(self) -> Path:
        """The program that brings an image up at build time and writes its memory."""
        return self.root / "bin" / "pymirage-initialise"

    @property
    def archives(self) -> tuple[Path, ...]:
        """What an image is linked from, in order; each may use the ones behind it, and musl all of them."""
        own, library = self.root / "lib", self.base / "lib"
        return (
            own / "libbindings.a",
            own / "libpymirage.a",
            library / "libpython3.13.a",
            library / "libc.a",
            library / "libgcc.a",
        )

    @property
    def linker_script(self) -> Path:
        return self.root / "image.lds"

    @property
    def tender(self) -> Path | None:
        """The program that starts the image; None where an image starts by itself."""
        path = self.root / "bin" / f"pymirage-{self.target}"
        return path if path.exists() else None

    @property
    def starter(self) -> tuple[str, ...]:
        """What starts an image, before the tender's options; empty where an image starts by itself."""
        if self.target == "virtio":
            return (sys.executable, "-P", "-m", "pymirage.tool.qemu")
        return () if self.tender is None else (str(self.tender),)

    @property
    def builtin_modules(self) -> Mapping[str, str]:
        """Every C module in the archives and its init function; "" where the interpreter needs none."""
        modules: dict[str, str] = self._facts["builtin_modules"]
        return modules

    @cached_property
    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.base / FACTS).read_text())
        return facts
