"""A small Linux machine with an ordinary KVM, under emulation: right, not fast.

Debian's kernel and busybox boot in QEMU without any help of the host's KVM, on an emulated AMD processor
whose virtualisation works. So images can be tried at privilege level 0, which KVM on software
virtualisation (PVM) does not run natively. Kernel and busybox are downloaded once, with apt-get, into
`$XDG_CACHE_HOME/pymirage/nested-…`; nothing is installed.
"""

import functools
import lzma
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# In load order. What a kernel has built in is simply absent from its package.
MODULES = (
    *("rng-core", "ccp", "irqbypass", "kvm", "kvm-amd", "tun"),
    *("llc", "stp", "garp", "mrp", "8021q", "sch_netem"),
)
TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "apt-get": "apt",
    "apt-cache": "apt",
    "dpkg-deb": "dpkg",
}

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod $module 2>/dev/null; done
ip link set lo up
cd /
echo {token} begin
sh /script 2>&1
echo {token} end
poweroff -f
"""


# Linux counts ticks while it starts, and panics where a busy host delivers none in time; later it complains
# of such a host, between the lines of the script.
UNHURRIED = "no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1 loglevel=1"


class Unavailable(Exception):
    """The machine cannot be had here; says why."""


@dataclass(frozen=True)
class Parts:
    kernel: Path
    busybox: Path
    modules: tuple[Path, ...]


def require_tools() -> None:
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed (apt-get install {package})")


def output_of(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        raise Unavailable(f"{' '.join(command)}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout


@functools.cache
def parts() -> Parts:
    """The downloaded parts. The folder appears when it is complete."""
    require_tools()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pymirage"
    folder = cache / f"nested-{len(MODULES)}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            appear(fetch(Path(work)), folder)
    modules = tuple(sorted((folder / "modules").iterdir()))
    return Parts(folder / "kernel", folder / "busybox", modules)


def appear(complete: Path, folder: Path) -> None:
    """The folder is there, whole; perhaps somebody else was faster."""
    try:
        complete.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def fetch(work: Path) -> Path:
    depends = output_of("apt-cache", "depends", "linux-image-amd64")
    package = next((line.split()[1] for line in depends.splitlines() if "Depends:" in line), None)
    if package is None:
        raise Unavailable("apt knows no package linux-image-amd64 (apt-get update)")
    download = work / "download"
    download.mkdir()
    # The sandbox user of apt may not write here; the folder is ours and temporary.
    output_of(
        "apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, "busybox-static", cwd=download
    )
    for archive in download.glob("*.deb"):
        output_of("dpkg-deb", "-x", str(archive), str(work / "unpacked"))
    return arrange(work / "unpacked", work / "complete")


def arrange(unpacked: Path, complete: Path) -> Path:
    (complete / "modules").mkdir(parents=True)
    shutil.copy(next((unpacked / "boot").glob("vmlinuz-*")), complete / "kernel")
    shutil.copy(next(unpacked.glob("**/bin/busybox")), complete / "busybox")
    for order, name in enumerate(MODULES):
        for found in unpacked.glob(f"**/{name}.ko*"):
            content = found.read_bytes()
            content = lzma.decompress(content) if found.suffix == ".xz" else content
            (complete / "modules" / f"{order:02}-{name}.ko").write_bytes(content)
    return complete


def entry(number: int, name: str, mode: int, content: bytes) -> bytes:
    """One member of a cpio archive, format "newc" (kernel: driver-api/early-userspace/buffer-format)."""
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return pad(header + encoded) + pad(content)


def pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def members(files: Mapping[str, bytes]) -> Iterator[bytes]:
    folders = {str(parent) for name in files for parent in Path(name).parents if str(parent) != "."}
    folders |= {"proc", "sys", "dev", "tmp"}
    for number, folder in enumerate(sorted(folders), 1):
        yield entry(number, folder, 0o040755, b"")
    for number, (name, content) in enumerate(files.items(), 1000):
        yield entry(number, name, 0o100755, content)
    yield entry(0, "TRAILER!!!", 0, b"")


def libraries_of(program: Path) -> list[Path]:
    """The shared libraries of a dynamic program; none for a static one."""
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True)
    words = done.stdout.split() if done.returncode == 0 else []
    return [Path(word) for word in words if word.startswith("/") and Path(word).exists()]


def archive(files: Mapping[str, Path], script: str, token: str) -> bytes:
    having = parts()
    content = {"init": INIT.format(token=token).encode(), "script": script.encode()}
    content["bin/busybox"] = having.busybox.read_bytes()
    for module in having.modules:
        content[f"modules/{module.name}"] = module.read_bytes()
    for name, path in files.items():
        content[name] = path.read_bytes()
        for library in libraries_of(path):
            content[str(library).lstrip("/")] = library.read_bytes()
    return b"".join(members(content))


PATIENCE = 1500
"""Seconds for a machine's script: only one that hangs takes so long, where others are busy, too."""


def run(files: Mapping[str, Path], script: str, seconds: float = PATIENCE, memory: int = 768) -> str:
    """Boots the machine, of so many megabytes, with the files in it; what the shell script printed."""
    token = secrets.token_hex(8)
    with tempfile.NamedTemporaryFile() as initial:
        initial.write(archive(files, script, token))
        initial.flush()
        command = (
            *("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max,+svm,+npt", "-m", str(memory)),
            *("-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"),
            *("-kernel", str(parts().kernel)),
            *("-initrd", initial.name, "-append", f"console=ttyS0 {UNHURRIED} panic=-1"),
        )
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"not done in {seconds} s:\n{text(late.stdout)[-2000:]}") from None
    console = text(done.stdout)
    _, begun, rest = console.partition(f"{token} begin\n")
    result, ended, _ = rest.partition(f"{token} end\n")
    assert begun and ended, f"the machine did not finish:\n{text(done.stderr)}{console[-2000:]}"
    return result


def text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace").replace("\r", "")
