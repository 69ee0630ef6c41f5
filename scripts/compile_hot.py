"""Compile the hot modules for this interpreter, as images have them, into a directory to put on the path.

    python scripts/compile_hot.py [DIRECTORY]     prints the directory; reused while nothing changed

A module is hot when `# pymirage: hot` is among its first five lines. All are one group, for calls between
groups cost 20 times more. The directory holds a copy of the package with the extension modules beside the
sources: `PYTHONPATH=$(python scripts/compile_hot.py) pytest` runs the same tests on compiled code, and
`PYMIRAGE_COMPILED=1 pytest` does that by itself (tests/net/conftest.py).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "pymirage"
MARK = "# pymirage: hot"
BESIDES = (ROOT / "bench" / "segment_ends.py",)
"""Modules outside of the package that belong into the group."""

SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup
from pymirage.tool.image import primitives
primitives.register()
modules = mypycify(
    ["--config-file=", "--explicit-package-bases", "--namespace-packages", *{files!r}],
    opt_level="3", debug_level="0", group_name="hot", strict_dunder_typing=False,
)
for module in modules:
    module.include_dirs.append(primitives.INCLUDE)
setup(name="hot", ext_modules=modules, script_args=["-q", "build_ext", "--inplace"])
"""


def hot_modules() -> list[Path]:
    """The sources that ask to be compiled."""
    return [
        path
        for path in sorted(SOURCES.rglob("*.py"))
        if MARK in path.read_text().splitlines()[:5] and "tool" not in path.relative_to(SOURCES).parts
    ]


def key(files: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in [*files, *BESIDES, Path(__file__), *SOURCES.glob("tool/image/primitives*")]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def build(place: Path) -> None:
    """Copy the package to `place` and compile its hot modules there."""
    shutil.copytree(SOURCES, place / "pymirage", ignore=shutil.ignore_patterns("__pycache__"))
    files = [str(Path("pymirage") / path.relative_to(SOURCES)) for path in hot_modules()]
    for path in BESIDES:
        shutil.copy(path, place)
        files.append(path.name)
    setup = place / "setup_hot.py"
    setup.write_text(SETUP.format(files=files))
    environment = {
        **os.environ,
        # Native functions are exported: without this none could be inlined.
        "CFLAGS": "-fno-semantic-interposition -w -DNDEBUG",
        "MYPYPATH": str(place),
        "PYTHONPATH": str(place),
    }
    done = subprocess.run(
        [sys.executable, setup.name], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr[-4000:])


def ensure(directory: Path | None = None) -> Path:
    """The directory with the compiled package, built when it is not there."""
    name = f"pymirage-hot-{os.getuid()}-{key(hot_modules())}"
    place = directory or Path(tempfile.gettempdir()) / name
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        build(place)
        (place / "complete").touch()
    return place


if __name__ == "__main__":
    print(ensure(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
