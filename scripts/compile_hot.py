"""Compile the hot modules for this interpreter, as images have them, into a directory to put on the path.

    python scripts/compile_hot.py [DIRECTORY]     prints the directory; reused while nothing changed

A module is hot when `# pymirage: hot` is among its first five lines. As in images, all are one group, whose
calls among modules are direct, and each is compiled by itself (tool/image/units.py): a change compiles what
it concerns. The directory holds a copy of the package with the extension modules beside the sources:
`PYTHONPATH=$(python scripts/compile_hot.py) pytest` runs the same tests on compiled code, and
`PYMIRAGE_COMPILED=1 pytest` does that by itself (tests/conftest.py). An installation is compiled with
`PYMIRAGE_COMPILE=1 pip install .` (scripts/build_hook.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "pymirage"
MARK = "# pymirage: hot"
GROUP = "pymirage_hot"
GROUP_MODULE = f"{GROUP}__mypyc"
TOOL = SOURCES / "tool" / "image"
DRIVER = TOOL / "mypyc_driver.py"
COMPLETE = "complete.json"
PACKAGES = 4
SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))
BESIDES = (ROOT / "bench" / "segment_ends.py",)
"""Modules outside of the package that belong into the group when it is measured."""

# -fwrapv is how Python itself is compiled. Native functions are exported, so definitions elsewhere could take
# their place: without -fno-semantic-interposition and -Bsymbolic none could be inlined or called directly.
FLAGS = ("-O3", "-w", "-DNDEBUG", "-fPIC", "-fwrapv", "-fno-semantic-interposition")
LINK = ("-shared", "-Wl,-Bsymbolic")


class CannotCompile(Exception):
    """With what mypy or the C compiler said."""


def hot_modules() -> list[Path]:
    """The sources that ask to be compiled."""
    return [
        path
        for path in sorted(SOURCES.rglob("*.py"))
        if MARK in path.read_text().splitlines()[:5] and "tool" not in path.relative_to(SOURCES).parts
    ]


def build(place: Path, besides: Sequence[Path]) -> None:
    """Copy the package to `place` and compile its hot modules there."""
    shutil.copytree(SOURCES, place / "pymirage", ignore=shutil.ignore_patterns("__pycache__"))
    files = [Path("pymirage") / path.relative_to(SOURCES) for path in hot_modules()]
    for path in besides:
        shutil.copy(path, place)
        files.append(Path(path.name))
    modules = {".".join(file.with_suffix("").parts).removesuffix(".__init__"): str(file) for file in files}
    code = generate(place, modules)
    read = [name for name in code["read"] if name.startswith("pymirage/")]
    (place / COMPLETE).write_text(json.dumps({name: hash_of(place / name) for name in read}))
    parts = [{"unit.c": text} for text in (*code["units"].values(), code["library"])]
    parts.append({**code["group"], "unit.c": f'#include "__native_{GROUP}.c"\n'})
    parts += [{"unit.c": shim(module)} for module in modules]
    objects = compile_all(parts)
    link(objects[: -len(modules)], place / f"{GROUP_MODULE}{SUFFIX}")
    for each, object_ in zip(files, objects[-len(modules) :], strict=True):
        link([object_], place / each.with_name(f"{each.stem}{SUFFIX}"))


def extensions(place: Path) -> list[Path]:
    """The extension modules of a compiled package."""
    return sorted(place.rglob(f"*{SUFFIX}"))


def generate(place: Path, modules: Mapping[str, str]) -> dict[str, Any]:
    """The C of the group, by the driver that images use."""
    request = {"modules": modules, "python": list(sys.version_info[:2]), "group": GROUP}
    # Behind our sources comes what this process has: an installer may keep mypy where only PYTHONPATH leads.
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONHASHSEED": "0", "MYPYPATH": str(place), "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-P", str(DRIVER)],
        cwd=place,
        env=environment,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotCompile(done.stderr[-4000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer["problems"]:
        raise CannotCompile("\n".join(answer["problems"]))
    return answer


def shim(module: str) -> str:
    """mypyc's own: an extension module that lets the group make the real one."""
    from mypyc.namegen import exported_name

    return (
        (library() / "module_shim.tmpl")
        .read_text()
        .format(modname=module.rpartition(".")[2], libname=GROUP_MODULE, full_modname=exported_name(module))
    )


def library() -> Path:
    """mypyc's library in C."""
    import mypyc

    return Path(mypyc.__file__).with_name("lib-rt")


def compile_all(parts: Sequence[Mapping[str, str]]) -> list[Path]:
    """An object for each part, from the cache when its text and all that it includes are the same."""
    includes = (sysconfig.get_path("include"), library(), TOOL, ".")
    command = [*compiler(), *FLAGS, *(f"-I{each}" for each in includes), "-c", "unit.c", "-o"]
    common = hashlib.sha256(repr((command, sys.version)).encode())
    for path in (*sorted(library().rglob("*.[ch]")), *sorted(TOOL.glob("*.h"))):
        common.update(path.read_bytes())
    cache = cache_directory()

    def compile_one(files: Mapping[str, str]) -> Path:
        own = common.copy()
        own.update(json.dumps(files, sort_keys=True).encode())
        entry = cache / f"{own.hexdigest()[:32]}.o"
        if not entry.exists():
            with tempfile.TemporaryDirectory() as work:
                for name, text in files.items():
                    (Path(work) / name).write_text(text)
                partial = entry.with_name(f"{entry.name}.{os.getpid()}")
                run([*command, str(partial)], work)
                partial.replace(entry)
        return entry

    # Each thread only waits for its compiler.
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(compile_one, parts))


def link(objects: Sequence[Path], made: Path) -> None:
    run([*compiler(), *LINK, *map(str, objects), "-o", str(made)], made.parent)


def compiler() -> list[str]:
    """$CC, or what this Python was compiled with."""
    return shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")


def run(command: Sequence[str], directory: str | Path) -> None:
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotCompile(f"{command[0]}: {error.strerror}: a C compiler is needed") from error
    if done.returncode:
        raise CannotCompile(done.stderr[-4000:])


def cache_directory() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = base / "pymirage" / "hot-host"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def key(files: Sequence[Path]) -> str:
    """Of what is compiled, and of what compiles it."""
    digest = hashlib.sha256(repr((sys.version, FLAGS, LINK)).encode())
    for path in [*files, Path(__file__), *sorted(TOOL.glob("primitives*")), DRIVER, TOOL / "units.py"]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def ensure(directory: Path | None = None, besides: Sequence[Path] = ()) -> Path:
    """The directory with the compiled package, built when it is not there, with today's other sources."""
    place = directory or cache_directory() / f"package-{key([*hot_modules(), *besides])}"
    if not (place / COMPLETE).exists() or not current(place):
        # Whole or absent, also when another process builds it at the same time.
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="work-", dir=place.parent))
        build(work, besides)
        shutil.rmtree(place, ignore_errors=True)
        try:
            work.rename(place)
        except OSError:
            shutil.rmtree(work, ignore_errors=True)
        forget_old(place)
    refresh(place)
    return place


def forget_old(place: Path) -> None:
    """Of packages in the cache the newest few are kept."""
    if place.parent == cache_directory():
        kept = sorted(place.parent.glob("package-*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in kept[PACKAGES:]:
            shutil.rmtree(old, ignore_errors=True)


def current(place: Path) -> bool:
    """Whether what the type checker read besides is still the same: constants and types come from there."""
    read: dict[str, str] = json.loads((place / COMPLETE).read_text())
    return all(hash_of(SOURCES.parent / name) == found for name, found in read.items())


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def refresh(place: Path) -> None:
    """Interpreted modules are those of the checkout."""
    for path in SOURCES.rglob("*.py"):
        copy = place / "pymirage" / path.relative_to(SOURCES)
        content = path.read_bytes()
        if not copy.is_file() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)


if __name__ == "__main__":
    try:
        print(ensure(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    except CannotCompile as error:
        raise SystemExit(f"compile_hot: {error}") from error
