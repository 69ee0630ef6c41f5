"""The parts of a runtime in our own C: bindings, shim and interpreter start, tender (runtime/README.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pymirage import __version__
from pymirage.tool.runtime.process import Runner

TARGETS = ("unix", "spt", "hvt", "virtio")
TENDERS = ("spt", "hvt")

# The program that brings images up when they are built: the same for all targets.
INITIALISE = "initialise"

FREESTANDING = (
    *("-std=gnu11", "-O2", "-g0", "-ffreestanding", "-fno-stack-protector", "-fcf-protection=none"),
    *("-fomit-frame-pointer", "-mgeneral-regs-only", "-fno-asynchronous-unwind-tables"),
    *("-ffunction-sections", "-fdata-sections", "-U_FORTIFY_SOURCE"),
)
INCLUDES = (
    *("include", "common", "bindings/common", "bindings/linux", "bindings/level0"),
    "tenders/common",
)

# Beside bindings/TARGET and bindings/common: what processes of Linux share, and machines at level 0.
SHARED = {"unix": "linux", "spt": "linux", "hvt": "level0", "virtio": "level0"}
# What image.lds is told.
LAYOUTS = {"unix": ("-DTARGET_UNIX",), "virtio": ("-DTARGET_VIRTIO",)}

# A unix image is its own tender: it reads the same options and attaches the same devices.
OWN_TENDER = ("message", "options", "trace", "devices", "tap", "command_line", "waitset")

TENDER_LINK = (
    *("-static-pie", "-nostdlib", "-Wl,-z,noexecstack", "-Wl,-z,relro", "-Wl,-z,now"),
    *("-Wl,--build-id=none", "-Wl,--gc-sections"),
)


class Objects:
    """Compiles files of the source tree, by relative paths, into one work directory."""

    def __init__(self, sources: Path, work: Path, cc: Sequence[str], run: Runner) -> None:
        self.sources = sources
        self.work = work
        self.cc = cc
        self.run = run
        self.made: list[Path] = []
        work.mkdir()

    def folder(self, name: str, without: tuple[str, ...] = ()) -> None:
        found = sorted((self.sources / name).glob("*.c"))
        self.compile(f"{name}/{path.name}" for path in found if path.name not in without)

    def compile(self, names: Iterable[str]) -> None:
        for name in names:
            target = self.work / f"{name.replace('/', '.')}.o"
            self.run.run((*self.cc, "-c", name, "-o", target), self.sources)
            self.made.append(target)

    def archive(self, path: Path, objects: Sequence[Path] | None = None) -> None:
        path.parent.mkdir(exist_ok=True)
        self.run.run(("ar", "qcsD", path, *(objects or self.made)), self.work)


def includes(sources: Path, *more: str) -> tuple[str, ...]:
    return tuple(word for name in (*INCLUDES, *more) if (sources / name).is_dir() for word in ("-I", name))


def bindings(target: str, sources: Path, root: Path, work: Path, run: Runner) -> None:
    """libbindings.a and image.lds."""
    cc = ("gcc", *FREESTANDING, "-fno-pie", *includes(sources, f"bindings/{target}"))
    objects = Objects(sources, work, cc, run)
    for folder in (target, SHARED[target], "common"):
        objects.folder(f"bindings/{folder}")
    objects.folder("common", without=() if target == "unix" else ("linux_fault.c",))
    if target == "unix":
        objects.compile(f"tenders/common/{name}.c" for name in OWN_TENDER)
    # One object, and nothing visible but the contract: the bindings' own memcpy must not replace musl's.
    whole = work / "bindings.o"
    run.run(("ld", "-r", "-o", whole, *objects.made), work)
    keep = ("--keep-global-symbol=_start", "--keep-global-symbol=solo5_*")
    run.run(("objcopy", "--wildcard", *keep, whole), work)
    objects.archive(root / "lib" / "libbindings.a", [whole])
    layout = ("gcc", "-E", "-P", "-x", "c", *LAYOUTS.get(target, ()))
    run.run((*layout, "bindings/image.lds", "-o", root / "image.lds"), sources)


def python(sources: Path, root: Path, work: Path, cc: Sequence[str], run: Runner) -> None:
    """libpymirage.a: the shim beneath musl, the start of the interpreter, the contract as a module."""
    own = tuple(word for name in ("include", "libc", "python") for word in ("-I", name))
    # NDEBUG as in CPython's own build: its headers' assertions hold the path of the cache.
    objects = Objects(sources, work, (*cc, "-O2", "-DNDEBUG", *own), run)
    for folder in ("libc", "python", "python/contract"):
        objects.folder(folder)
    objects.archive(root / "lib" / "libpymirage.a")


def tender(target: str, sources: Path, root: Path, work: Path, run: Runner) -> None:
    """The program that starts images of this target, or INITIALISE."""
    version = f'-DPYMIRAGE_VERSION="{__version__}"'
    cc = ("gcc", *FREESTANDING, "-fPIE", version, *includes(sources, f"tenders/{target}"))
    objects = Objects(sources, work, cc, run)
    for folder in (f"tenders/{target}", "tenders/common", "common"):
        objects.folder(folder)
    program = root / "bin" / f"pymirage-{target}"
    program.parent.mkdir(exist_ok=True)
    run.run(("gcc", *TENDER_LINK, "-o", program, *objects.made), work)
