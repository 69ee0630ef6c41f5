"""An image of the target virtio beside a Linux guest with CPython, in the same QEMU with the same settings.

The other machine is Debian's cloud kernel with a static CPython of the same version as its first process
(bench/virtio_linux.py), and the same server (bench/apps/machine). Emulated where there is no KVM for QEMU:
then only ratios and counts say something. Medians of BENCH_RUNS (3) runs, which take turns; BENCH_PARTS names
some of speed, plain, counts, memory. Runs in a network namespace of its own (unshare), with a TAP interface.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import virtio_linux
from bench.start import pymirage
from pymirage.tool.runtime.error import RuntimeBuildError
from tests.nested.machine import Unavailable

APP = Path(__file__).parent / "apps" / "machine"


def main() -> None:
    if shutil.which("qemu-system-x86_64") is None:
        print("skipped: qemu-system-x86_64 is not installed (Debian: apt-get install qemu-system-x86)")
        return
    with tempfile.TemporaryDirectory() as scratch:
        app = Path(
            shutil.copytree(APP, Path(scratch) / "machine", ignore=shutil.ignore_patterns("_build", "dist"))
        )
        pymirage("configure", "-t", "virtio", cwd=app)
        image, cold = app / "dist" / "machine.virtio", Path(scratch) / "cold.virtio"
        pymirage("build", "--cold", cwd=app)
        shutil.copy(image, cold)
        pymirage("build", cwd=app)
        try:
            kernel = virtio_linux.kernel() / "kernel"
            initial = virtio_linux.initial(APP, Path(scratch) / "initial")
        except (Unavailable, RuntimeBuildError) as error:
            print(f"skipped: the Linux guest cannot be had: {error}")
            return
        sizes = {"image": image, "cold": cold, "kernel": kernel, "initial file system": initial}
        print(", ".join(f"{name} {file.stat().st_size >> 10} KiB" for name, file in sizes.items()) + "\n")
        sys.stdout.flush()
        side = [sys.executable, "-m", "bench.virtio_side", *map(str, (image, cold, kernel, initial))]
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        subprocess.run(["unshare", "--net", *user, *side], check=True)


if __name__ == "__main__":
    main()
