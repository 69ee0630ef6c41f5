"""Builds tenders, bindings and the C guests of `runtime/tests` straight with gcc, without musl or Python.

The steps are those of runtime/README.md. Results are kept in the cache, in a folder named by the content of
`runtime/`, so that parallel sessions and a changed source never mix; folders of older content are removed.
"""

import contextlib
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pymirage.tool.image import elf

RUNTIME = Path(__file__).parents[2] / "runtime"
TARGETS = ("unix", "spt", "hvt", "virtio")
SHARED = {"unix": "linux", "spt": "linux", "hvt": "level0", "virtio": "level0"}
LAYOUTS = {"unix": ("-DTARGET_UNIX",), "virtio": ("-DTARGET_VIRTIO",)}

FREESTANDING = (
    *("-std=gnu11", "-O2", "-ffreestanding", "-fno-stack-protector", "-fcf-protection=none"),
    *("-fomit-frame-pointer", "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-fdata-sections"),
    *("-Wall", "-Wextra", "-Werror"),
)
UNIX_TENDER_PARTS = ("message", "options", "devices", "tap", "command_line", "waitset")
# Seconds for a guest that ends by itself: only one that hangs takes so long, emulated and with others busy.
PATIENCE = 300

# The devices that a guest's manifest names; the others have none.
DEVICES: dict[str, tuple[tuple[str, str], ...]] = {
    "block": (("storage", "BLOCK_BASIC"),),
    "net_echo": (("service", "NET_BASIC"),),
    "net_offload": (("service", "NET_BASIC"),),
    "net_flood": (("service", "NET_BASIC"),),
    "net_many": tuple((name, "NET_BASIC") for name in "abcd"),
    "disks": (("first", "BLOCK_BASIC"), ("second", "BLOCK_BASIC")),
    "net_pair": (("one", "NET_BASIC"), ("other", "NET_BASIC")),
    "hostile_ring": (("service", "NET_BASIC"),),
    "hostile_hvt": (("storage", "BLOCK_BASIC"),),
}


def missing_compiler() -> str | None:
    """The reason why nothing can be built here, if there is one."""
    for tool in ("gcc", "ld", "objcopy"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (apt-get install gcc)"
    return None


def include(*folders: str) -> list[str]:
    return [argument for folder in folders for argument in ("-I", str(RUNTIME / folder))]


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (RUNTIME / folder).glob("*.c"))


def run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"


@functools.cache
def folder() -> Path:
    digest = hashlib.sha256()
    for part in ("include", "common", "bindings", "tenders", "tests"):
        for path in sorted((RUNTIME / part).rglob("*")):
            if path.is_file():
                digest.update(str(path.relative_to(RUNTIME)).encode() + b"\0" + path.read_bytes())
    digest.update(Path(__file__).read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pymirage" / "guests"
    path = cache / digest.hexdigest()[:16]
    path.mkdir(parents=True, exist_ok=True)
    os.utime(path)
    remove_old(cache)
    return path


def remove_old(cache: Path) -> None:
    """A day's grace: another session may be using it. Others do the same at this moment."""
    for path in cache.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > 86400:
                shutil.rmtree(path, ignore_errors=True)


def publish(temporary: Path, path: Path) -> Path:
    """A finished file appears at once, so that two sessions may build the same one."""
    temporary.replace(path)
    return path


@functools.cache
def bindings(target: str) -> Path:
    path = folder() / f"bindings-{target}.o"
    if path.exists():
        return path
    files = sources(f"bindings/{target}", f"bindings/{SHARED[target]}", "bindings/common", "common")
    if target == "unix":
        files += [RUNTIME / "tenders/common" / f"{name}.c" for name in UNIX_TENDER_PARTS]
    else:
        files = [path for path in files if path.name != "linux_fault.c"]
    headers = include("include", "common", "bindings/common", "bindings/linux", "bindings/level0")
    headers += include("tenders/common", f"bindings/{target}")
    with tempfile.TemporaryDirectory(dir=folder()) as work:
        result = Path(work) / "bindings.o"
        compile_many(files, Path(work), "-fno-pie", "-mgeneral-regs-only", *headers)
        run("ld", "-r", "-o", result, *sorted(Path(work).glob("*.c.o")))
        run("objcopy", "--wildcard", "--keep-global-symbol=_start", "--keep-global-symbol=solo5_*", result)
        return publish(result, path)


def compile_many(files: Sequence[Path], work: Path, *flags: str) -> None:
    for file in files:
        run("gcc", *FREESTANDING, *flags, "-c", file, "-o", work / f"{file.parent.name}-{file.name}.o")


@functools.cache
def tender(target: str) -> Path:
    return link_tender(f"pymirage-{target}", sources(f"tenders/{target}", "tenders/common", "common"), target)


@functools.cache
def level0_launcher() -> Path:
    """The hvt tender with its processor prepared as Solo5's does: at privilege level 0."""
    files = [path for path in sources("tenders/hvt", "tenders/common", "common") if path.name != "level3.c"]
    return link_tender("level0-hvt", [*files, RUNTIME / "tests/launcher/level0.c"], "hvt")


def link_tender(name: str, files: Sequence[Path], target: str) -> Path:
    path = folder() / name
    if path.exists():
        return path
    headers = include("include", "common", "tenders/common", f"tenders/{target}")
    with tempfile.TemporaryDirectory(dir=folder()) as work:
        result = Path(work) / name
        compile_many(files, Path(work), "-fPIE", "-fvisibility=hidden", "-mgeneral-regs-only", *headers)
        hardening = "-Wl,-z,noexecstack,-z,relro,-z,now,--build-id=none,--gc-sections"
        objects = sorted(Path(work).glob("*.c.o"))
        run("gcc", "-static-pie", "-nostdlib", hardening, "-o", result, *objects)
        return publish(result, path)


def manifest_source(devices: Sequence[tuple[str, str]]) -> str:
    entries = "".join(f', {{.name = "{name}", .type = MFT_DEV_{kind}}}' for name, kind in devices)
    count = len(devices) + 1
    return (
        '#include "mft_abi.h"\n'
        "const struct mft1_note solo5_mft1_note MFT1_NOTE_SECTION = {\n"
        f".header = {{sizeof SOLO5_NOTE_NAME, MFT1_NOTE_SIZE({count}), MFT1_NOTE_TYPE, SOLO5_NOTE_NAME}},\n"
        f".version = MFT_VERSION, .entries = {count}, .e = {{{{.type = MFT_RESERVED_FIRST}}{entries}}}}};\n"
    )


@functools.cache
def guest(name: str, target: str) -> Path:
    """The image of `runtime/tests/NAME.c` for the target."""
    path = folder() / f"{name}.{target}"
    if path.exists():
        return path
    with tempfile.TemporaryDirectory(dir=folder()) as text:
        work = Path(text)
        (work / "manifest.c").write_text(manifest_source(DEVICES.get(name, ())))
        files = [work / "manifest.c", RUNTIME / "tests" / f"{name}.c"]
        compile_many(files, work, "-fno-pie", *include("include"))
        script = work / "image.lds"
        layout = LAYOUTS.get(target, ())
        run("gcc", "-E", "-P", "-x", "c", *layout, RUNTIME / "bindings/image.lds", "-o", script)
        flags = f"-Wl,-T,{script},-z,max-page-size=4096,--gc-sections,--build-id=none"
        objects = [*sorted(work.glob("*.c.o")), bindings(target)]
        run("gcc", "-static", "-nostdlib", "-no-pie", flags, "-o", work / "image", *objects)
        if target == "virtio":
            # Names of functions, for the image's own reports.
            (work / "image").write_bytes(elf.trim((work / "image").read_bytes()))
        return publish(work / "image", path)


def command(name: str, target: str, *options: str, arguments: Sequence[str] = ()) -> list[str]:
    """What starts the guest with a tender's options and the guest's own arguments."""
    image = str(guest(name, target))
    if target == "unix":
        return [image, *options, "--", *arguments]
    if target == "virtio":
        qemu = [sys.executable, "-P", "-m", "pymirage.tool.qemu", "--mem=64"]
        return [*qemu, *options, "--", image, *arguments]
    return [str(tender(target)), *options, "--", image, *arguments]


@functools.cache
def guest_without_capabilities(name: str, target: str) -> Path:
    """The same image as Solo5 would have made it: its note about what else it understands is another's."""
    path = folder() / f"{name}-bare.{target}"
    if not path.exists():
        content = guest(name, target).read_bytes()
        assert content.count(b"PMC1Solo5") == 1
        with tempfile.TemporaryDirectory(dir=folder()) as work:
            copy = Path(work) / "image"
            copy.write_bytes(content.replace(b"PMC1Solo5", b"0000Solo5"))
            copy.chmod(0o755)
            return publish(copy, path)
    return path
