"""An image of the target virtio beside a Linux guest with CPython, in the same QEMU with the same settings.

Emulated where there is no KVM for QEMU: then only the ratios say something. Each number is the better of
BENCH_RUNS (2) runs, which take turns. Runs in a network namespace of its own (unshare), with a TAP interface.
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

APP = Path(__file__).parent / "apps" / "machine"
MEMORY = 128


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        app = Path(
            shutil.copytree(APP, Path(scratch) / "machine", ignore=shutil.ignore_patterns("_build", "dist"))
        )
        pymirage("configure", "-t", "virtio", cwd=app)
        pymirage("build", cwd=app)
        image = app / "dist" / "machine.virtio"
        kernel, _ = virtio_linux.kernel()
        initial = virtio_linux.initial(APP, Path(scratch) / "initial")
        print(
            f"image {image.stat().st_size >> 10} KiB; kernel and initial file system "
            f"{(kernel.stat().st_size + initial.stat().st_size) >> 10} KiB; {MEMORY} MB each\n"
        )
        sys.stdout.flush()
        side = [sys.executable, "-m", "bench.virtio_side", str(image), str(kernel), str(initial)]
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        subprocess.run(["unshare", "--net", *user, *side], check=True)


if __name__ == "__main__":
    main()
