"""The other machine of `bench/virtio.py`: Debian's cloud kernel, and as much of CPython as the server loads.

Nothing else is in its initial file system: busybox loads the modules and starts Python. The kernel is
downloaded with apt-get into `$XDG_CACHE_HOME/pymirage/bench-linux`; nothing is installed.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.nested.machine import libraries_of, members, output_of, parts

MODULES = (
    *("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci"),
    *("rng-core", "virtio-rng", "failover", "net_failover", "virtio_net"),
)
ADDRESS = "10.9.0.2"
INIT = f"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for module in /modules/*; do /bin/busybox insmod $module; done
/bin/busybox ip link set lo up
/bin/busybox ip addr add {ADDRESS}/24 dev eth0
/bin/busybox ip link set eth0 up
PYTHONHOME=/python PYTHONPATH=/app exec /python/bin/python3 -S -E -B -X frozen_modules=on /app/linux.py
"""
LISTED = """
import asyncio, sys
sys.path.insert(0, {app!r})
import unikernel, concurrent.futures.thread, encodings.ascii, encodings.latin_1, encodings.idna
for module in list(sys.modules.values()):
    if getattr(module, "__file__", None): print(module.__file__)
"""


def kernel() -> tuple[Path, list[Path]]:
    """The kernel and its modules, downloaded once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pymirage" / "bench-linux"
    if not cache.exists():
        depends = output_of("apt-cache", "depends", "linux-image-cloud-amd64")
        package = next(line.split()[1] for line in depends.splitlines() if "Depends:" in line)
        with tempfile.TemporaryDirectory(dir=cache.parent) as name:
            work = Path(name)
            output_of("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, cwd=work)
            output_of("dpkg-deb", "-x", str(next(work.glob("*.deb"))), str(work / "x"))
            whole = work / "whole"
            whole.mkdir()
            shutil.copy(next((work / "x" / "boot").glob("vmlinuz-*")), whole / "kernel")
            for number, module in enumerate(MODULES):
                for found in (work / "x").glob(f"**/{module}.ko"):
                    shutil.copy(found, whole / f"{number:02}-{module}.ko")
            whole.rename(cache)
    return cache / "kernel", sorted(cache.glob("*.ko"))


def stripped(program: Path) -> bytes:
    """Without symbols, which may be most of it."""
    with tempfile.NamedTemporaryFile() as file:
        output_of("strip", "-o", file.name, str(program))
        return Path(file.name).read_bytes()


def initial(app: Path, target: Path) -> Path:
    """Writes the initial file system: what Python loads, found by loading it here."""
    python = Path(sys.executable).resolve()
    home = Path(sys.base_prefix)
    listed = subprocess.run(
        [python, "-S", "-E", "-c", LISTED.format(app=str(app))], capture_output=True, text=True, check=True
    )
    files = {Path(line) for line in listed.stdout.splitlines()}
    content = {
        "init": INIT.encode(),
        "bin/busybox": parts().busybox.read_bytes(),
        "python/bin/python3": stripped(python),
    }
    for path in files:
        if path.is_relative_to(home):
            content[f"python/{path.relative_to(home)}"] = path.read_bytes()
    for path in (python, *(path for path in files if path.suffix == ".so")):
        for library in libraries_of(path):
            content[str(library).lstrip("/")] = stripped(library)
    for name in ("unikernel.py", "linux.py"):
        content[f"app/{name}"] = (app / name).read_bytes()
    for module in kernel()[1]:
        content[f"modules/{module.name}"] = module.read_bytes()
    target.write_bytes(gzip.compress(b"".join(members(content)), 1))
    return target
