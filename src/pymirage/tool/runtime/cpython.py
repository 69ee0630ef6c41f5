"""CPython, static against our musl: an archive for images and an interpreter for the host.

The build directory lies beside the sources and names them by relative paths, so no path of this machine gets
into an object file.
"""

from __future__ import annotations

import re
from pathlib import Path

from pymirage.tool.runtime import cpython_options as options
from pymirage.tool.runtime.compiler import IMAGE_FLAGS, Compiler
from pymirage.tool.runtime.cpython_edits import EDITS, Edit
from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.progress import Meter
from pymirage.tool.runtime.unpack import copy_content, copy_tree

# Compilations that make prints, and the lines of configure.
COMPILATIONS = 245
CONFIGURE_LINES = 780

ARCHIVE = "libpython3.13.a"
LIBRARY = "lib/python3.13"

# What an image provides itself (runtime/python/path.c, the image link's tables), and other programs' parts.
NOT_IN_IMAGES = frozenset(
    {"Modules/config.o", "Modules/getpath.o", "Modules/getpath_noop.o", "Modules/main.o", "Python/frozen.o"}
)


def build(
    tree: Path, base: Path, host: Path, compiler: Compiler, jobs: int, run: Runner, meter: Meter
) -> None:
    """Builds the unpacked `tree` against the musl in `base`; `host` is the object that reaches Linux."""
    for edit in EDITS:
        apply(edit, tree)
    directory = tree.parent / "python"
    meter.begin("configure CPython")
    configure(tree, directory, wrapper(directory, base, host, compiler), run, meter)
    meter.begin("compile CPython")
    compile(directory, jobs, run, meter)
    install(tree, directory, base, run)


def apply(edit: Edit, tree: Path) -> None:
    path = tree / edit.path
    text = path.read_text()
    if text.count(edit.old) != 1:
        raise RuntimeBuildError(f"{edit.path} is not what this version of pymirage expects; report it")
    path.write_text(text.replace(edit.old, edit.new))


def wrapper(directory: Path, base: Path, host: Path, compiler: Compiler) -> Path:
    """A compiler command for configure: compiles against musl, links programs that run on the host."""
    script = directory / "cc"
    directory.mkdir()
    flags = f"-nostdinc -isystem {base}/include -isystem {compiler.include}"
    start, end = f"{base}/lib/crt1.o {base}/lib/crti.o", f"-lgcc -lgcc_eh {base}/lib/crtn.o"
    script.write_text(
        f"""#!/bin/sh
case $1 in *-print-multiarch) echo x86_64-linux-musl; exit;; esac
for word; do
    case $word in -c|-E|-S|-M|-MM) exec {compiler.command} {flags} "$@";; esac
done
exec {compiler.command} {flags} -static -no-pie -nostdlib {start} "$@" {host} -L{base}/lib -lc {end}
"""
    )
    script.chmod(0o755)
    return script


def configure(tree: Path, directory: Path, cc: Path, run: Runner, meter: Meter) -> None:
    (directory / "Modules").mkdir()
    (directory / "Modules" / "Setup.local").write_text("*disabled*\n" + " ".join(options.MODULES_OFF) + "\n")
    site = directory / "config.site"
    site.write_text("".join(f"{name}={value}\n" for name, value in options.answers()))
    done = 0

    def line(_: str) -> None:
        nonlocal done
        done += 1
        meter.advance(done / CONFIGURE_LINES)

    run.run(
        (f"../{tree.name}/configure", *options.CONFIGURE),
        directory,
        line,
        CC=str(cc),
        CONFIG_SITE=str(site),
        CFLAGS=" ".join(IMAGE_FLAGS),
        OPT=options.OPTIMISATION,
        MODULE_BUILDTYPE="static",
        PKG_CONFIG="/bin/false",
    )


def compile(directory: Path, jobs: int, run: Runner, meter: Meter) -> None:
    done = 0

    def line(text: str) -> None:
        nonlocal done
        if " -c " in text:
            done += 1
            meter.advance(done / COMPILATIONS)

    run.run(("make", f"-j{jobs}", ARCHIVE, "python"), directory, line)


def install(tree: Path, directory: Path, base: Path, run: Runner) -> None:
    (base / "bin").mkdir()
    run.run(("strip", "-o", base / "bin" / "python3.13", directory / "python"), directory)
    # All objects in one archive, also those of the libraries that CPython brings along.
    objects = sorted(
        path.relative_to(directory).as_posix()
        for part in ("Modules", "Objects", "Parser", "Python")
        for path in (directory / part).rglob("*.o")
    )
    members = [name for name in objects if name not in NOT_IN_IMAGES]
    run.run(("ar", "qcsD", base / "lib" / ARCHIVE, *members), directory)
    headers = base / "include" / "python3.13"
    copy_tree(tree / "Include", headers)
    copy_content(str(directory / "pyconfig.h"), str(headers / "pyconfig.h"))
    copy_tree(tree / "Lib", base / LIBRARY)
    # The interpreter recognises its prefix by this directory.
    (base / LIBRARY / "lib-dynload").mkdir()


def builtin_modules(config: str) -> dict[str, str]:
    """The C modules by name with their init functions, from the generated Modules/config.c; "" for none."""
    found = dict(re.findall(r'^\s*\{"([\w.]+)", (\w+)\},', config, re.MULTILINE))
    return {name: "" if symbol == "NULL" else symbol for name, symbol in found.items()}
