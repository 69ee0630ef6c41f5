"""The other machine of `bench/virtio.py`: Debian's cloud kernel, and a static CPython as its first process.

The initial file system holds that interpreter, bytecode of the modules that the server loads, without
docstrings as an image's is, and the kernel's modules for the network; not compressed, so that nothing need be
unpacked. The kernel is downloaded with apt-get into `$XDG_CACHE_HOME/pymirage/bench-kernel`; nothing is
installed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bench import virtio_python
from pymirage.tool.runtime import cache
from tests.nested.machine import members, output_of

INIT = Path(__file__).parent / "peers" / "machine_linux.py"
MODULES = (
    *("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci"),
    *("failover", "net_failover", "virtio_net"),
)
ADDRESS = "10.9.0.2"
# Behind "--" are the words of the first process. A kernel on a busy host may find its timer late, and panic.
KERNEL = "console=ttyS0 quiet mitigations=off no_timer_check panic=-1"
COMMAND_LINE = f"{KERNEL} -- -S -E -B /app/{INIT.name}c {ADDRESS}"
LOADED = ("machine_linux", "encodings.ascii", "encodings.latin_1", "encodings.idna")


def fetch(directory: Path) -> None:
    """The kernel and its modules."""
    depends = output_of("apt-cache", "depends", "linux-image-cloud-amd64")
    package = next(line.split()[1] for line in depends.splitlines() if "Depends:" in line)
    with tempfile.TemporaryDirectory(dir=directory.parent) as name:
        work = Path(name)
        output_of("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, cwd=work)
        output_of("dpkg-deb", "-x", str(next(work.glob("*.deb"))), str(work / "x"))
        shutil.copy(next((work / "x" / "boot").glob("vmlinuz-*")), directory / "kernel")
        for number, module in enumerate(MODULES):
            for found in (work / "x").glob(f"**/{module}.ko"):
                shutil.copy(found, directory / f"{number:02}-{module}.ko")


def kernel() -> Path:
    """The directory that holds it, downloaded once."""
    return cache.ensure(cache.root() / "bench-kernel", fetch)


def initial(app: Path, target: Path) -> Path:
    """Writes the initial file system for the server in `app`."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for source in (*app.glob("*.py"), INIT):
            shutil.copy(source, work)
        virtio_python.bytecode(LOADED, work, work / "root")
        files = [path for path in (work / "root").rglob("*") if path.is_file()]
        content = {str(path.relative_to(work / "root")): path.read_bytes() for path in files}
    content["init"] = (virtio_python.python() / "bin" / "python3.13").read_bytes()
    for module in kernel().glob("*.ko"):
        content[f"modules/{module.name}"] = module.read_bytes()
    target.write_bytes(b"".join(members(content)))
    return target
