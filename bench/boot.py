"""Instant boot: cold and resumed images, beside python3 and hello in C; a hundred web sites at once."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import start
from bench.start import pymirage
from bench.table import render

ROOT = Path(__file__).parents[1]
APP = Path(__file__).parent / "apps" / "first_line"
WEBSITE = ROOT / "apps" / "website"
RUNS = int(os.environ.get("BENCH_RUNS", "50"))
INSTANCES = int(os.environ.get("BENCH_INSTANCES", "100"))
MEMORY_MB = 24


def targets() -> Iterator[str]:
    yield "spt"
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        yield "hvt"
    else:
        print("hvt: skipped, /dev/kvm cannot be opened")


def built(source: Path, name: str, target: str, scratch: Path, *options: str) -> tuple[list[str], int]:
    """The tender's command, up to the image, of a copy built with `options`; the image's octets."""
    ignored = shutil.ignore_patterns("_build", "dist")
    project = Path(shutil.copytree(source, scratch / "-".join([name, target, *options]), ignore=ignored))
    pymirage("configure", "-t", target, cwd=project)
    pymirage("build", *options, cwd=project)
    attach = ["--net", "service=tap:TAP"] if source == WEBSITE else []
    printed = pymirage("run", "--mem", str(MEMORY_MB), *attach, "--print-command", cwd=project)
    return shlex.split(printed), (project / "dist" / f"{name}.{target}").stat().st_size


def first_lines(scratch: Path) -> None:
    commands: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for target in targets():
        for kind, options in (("cold", ["--cold"]), ("resumed", []), ("without eval", ["--without-eval"])):
            name = f"{target}, {kind}"
            commands[name], sizes[name] = built(APP, "first_line", target, scratch, *options)
    print(start.first_lines(commands, sizes, RUNS))
    print(f"\n{RUNS} runs in turn, medians; guests of {MEMORY_MB} MB; load {os.getloadavg()[0]:.1f}")


def website(scratch: Path) -> None:
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    commands = {}
    sizes = {}
    for kind, options in (("cold", ["--cold"]), ("resumed", [])):
        commands[kind], sizes[kind] = built(WEBSITE, "website", "spt", scratch, *options)
    side = ["unshare", "--net", *user, sys.executable, "-m", "bench.boot_side", str(RUNS), str(INSTANCES)]
    done = subprocess.run(
        [*side, json.dumps(commands)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"website: failed: {done.stderr.strip()}")
        return
    rows = [
        [f"website on spt, {kind}", f"{sizes[kind] / 2**20:.2f}", *figures]
        for kind, figures in json.loads(done.stdout).items()
    ]
    header = [
        "",
        "image MiB",
        "first HTTP byte, ms",
        "range ms",
        f"PSS of {INSTANCES}, MiB each",
        "all answer, s",
    ]
    print(render(header, rows))
    print(f"\nsize, resumed to cold: {sizes['resumed'] / sizes['cold']:.2f}; load {os.getloadavg()[0]:.1f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        first_lines(Path(scratch))
        print()
        website(Path(scratch))
