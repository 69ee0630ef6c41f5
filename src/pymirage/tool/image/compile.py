"""Hot modules to native code: all of an image's in one group, whose calls among modules are direct.

A module asks for it by `# pymirage: hot` in its first five lines. The group is linked statically, which mypyc
does not foresee; `glue` supplies what its shared libraries would have.

Two steps, each cached by content: mypy and mypyc for the group (a second and more), then the C compiler for
each module by itself, so that images share objects and a change compiles what it concerns (units.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import mypyc
from mypy.version import __version__ as mypy_version

from pymirage.tool.image.closure import Closure
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.modules import Origin
from pymirage.tool.image.toolchain import Toolchain
from pymirage.tool.runtime.unused import remove_unused

GROUP = "hot"
GROUP_MODULE = f"{GROUP}__mypyc"
DRIVER = Path(__file__).with_name("mypyc_driver.py")
# What the driver adds to mypyc, and the C behind it (see primitives.py).
PRIMITIVES = (DRIVER.with_name("primitives.py"), DRIVER.with_name("primitives.h"))
UNITS = DRIVER.with_name("units.py")
LIB_RT = Path(mypyc.__file__).with_name("lib-rt")

# The modules of librt that an image can have, and their sources within mypyc's lib-rt.
LIBRT = {
    f"librt.{name}": f"{name}/librt_{name}.c" for name in ("random", "strings", "threading", "time", "vecs")
}
LIBRT_INIT = {module: f"PyInit_{module.replace('.', '_')}" for module in LIBRT}

# Of generated C, on one processor of the machine of bench/.
SECONDS_PER_CHARACTER = 3e-6

FLAGS = (
    *(
        "-O3",
        "-w",
        "-DNDEBUG",
        "-ffunction-sections",
        "-fdata-sections",
        "-I.",
        f"-I{LIB_RT}",
        f"-I{DRIVER.parent}",
    ),
    # mypyc's assertions stay in and name their file; where it is installed is not the image's business.
    f"-ffile-prefix-map={LIB_RT}=lib-rt",
)


@dataclass(frozen=True, slots=True)
class Native:
    """The compiled group: objects to link and the init function of each module."""

    modules: tuple[str, ...]
    objects: tuple[Path, ...]
    init: Mapping[str, str]


def build(closure: Closure, toolchain: Toolchain, cache: Path, announce: Callable[[str], None]) -> Native:
    """Compiles the hot modules of `closure`, and the librt modules that they import.

    `announce` gets a sentence before anything that takes long, which is what is not in the cache.
    """
    hot = closure.hot()
    init: dict[str, str] = {}
    objects = []
    for name in closure.c_modules():
        if name in LIBRT:
            objects.append(librt_object(name, toolchain, cache))
            init[name] = LIBRT_INIT[name]
    if hot:
        names = [node.module.name for node in hot]
        code = generate(closure, toolchain, cache)
        parts = [{"unit.c": text} for text in (*code["units"].values(), code["library"])]
        parts.append({**code["group"], "unit.c": glue(names)})
        objects += compile_all(parts, toolchain, cache, announce)
        init[GROUP_MODULE] = "pymirage_init_group"
        init |= {name: f"pymirage_init_{mangled(name)}" for name in names}
    return Native(tuple(node.module.name for node in hot), tuple(objects), init)


KNOWN_TO_MYPY = ("typing_extensions", "mypy_extensions")
"""Packages that it knows from stubs of its own, and will not read from elsewhere."""


def announcement(missing: Sequence[Mapping[str, str]]) -> str:
    """What is compiled, and how long that may take."""
    size = sum(len(text) for files in missing for text in files.values())
    seconds = 1 + size * SECONDS_PER_CHARACTER / processors()
    return f"{len(missing)} part{'s' if missing[1:] else ''} to native code, once: about {seconds:.0f} s"


def processors() -> int:
    return len(os.sched_getaffinity(0))


def generate(closure: Closure, toolchain: Toolchain, cache: Path) -> dict[str, Any]:
    """The driver's answer, from the cache when neither the hot modules nor what they import has changed."""
    with tempfile.TemporaryDirectory() as name:
        stage = Path(name)
        lay_out(closure, stage)
        request = {
            "modules": {node.module.name: node.module.filename for node in closure.hot()},
            "python": list(toolchain.python),
            "group": GROUP,
        }
        writers = (DRIVER.read_bytes(), UNITS.read_bytes(), *primitives())
        entry = cache / "hot" / f"{digest(request, mypy_version, *writers)}.json"
        answer = read_answer(entry)
        if answer is None or answer["hashes"] != hashes(stage, answer["read"]):
            answer = drive(request, stage)
            answer["hashes"] = hashes(stage, answer["read"])
            write_atomically(entry, json.dumps(answer).encode())
    return answer


def lay_out(closure: Closure, stage: Path) -> None:
    """Links the closure's own sources into `stage` under the names that tracebacks shall show."""
    for node in closure.nodes:
        module = node.module
        own = module.origin in (Origin.PROJECT, Origin.PACKAGE, Origin.PYMIRAGE)
        own = own and module.name not in KNOWN_TO_MYPY
        if own and module.path is not None and "." not in module.name:
            place = module.locations[0] if module.is_package else module.path
            (stage / place.name).symlink_to(place.resolve())


def drive(request: Mapping[str, object], stage: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", DRIVER],
        cwd=stage,
        # Without PYTHONHASHSEED the order of mypyc's sets could reach the C text.
        env={**os.environ, "PYTHONHASHSEED": "0", "MYPYPATH": str(stage)},
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ImageError(f"mypyc stopped: {(done.stderr.splitlines() or ['no message'])[-1]}")
    answer = cast("dict[str, Any]", json.loads(done.stdout))
    if answer["problems"]:
        raise ImageError(problem(answer["problems"]))
    return answer


def problem(messages: Sequence[str]) -> str:
    """mypy's first error; the module can also be interpreted, so say how."""
    errors = [message for message in messages if "error:" in message] or list(messages)
    more = f" (and {len(errors) - 1} more)" if errors[1:] else ""
    return f"{errors[0]}{more}; correct it, or remove `# pymirage: hot` to have the module interpreted"


def compile_all(
    parts: Sequence[Mapping[str, str]], toolchain: Toolchain, cache: Path, announce: Callable[[str], None]
) -> list[Path]:
    """One object for each part, in their order; a part's `unit.c` is compiled beside its other files."""
    entries = [cache / "hot" / f"{unit_key(files, toolchain)}.o" for files in parts]
    missing = [files for files, entry in zip(parts, entries, strict=True) if not entry.is_file()]
    if missing:
        announce(announcement(missing))
        remove_unused(cache, time.time())

    def compile_one(files: Mapping[str, str], entry: Path) -> Path:
        return toolchain.cached(entry, lambda work: compile_unit(files, toolchain, work))

    # Each thread only waits for its compiler.
    with ThreadPoolExecutor(processors()) as pool:
        return list(pool.map(compile_one, parts, entries))


def unit_key(files: Mapping[str, str], toolchain: Toolchain) -> str:
    return digest(files, toolchain.key, mypy_version, FLAGS, *primitives())


def compile_unit(files: Mapping[str, str], toolchain: Toolchain, work: Path) -> None:
    for name, text in files.items():
        (work / name).write_text(text)
    toolchain.run((*toolchain.cc, *FLAGS, "-c", "unit.c", "-o", "out.o"), work)


def librt_object(name: str, toolchain: Toolchain, cache: Path) -> Path:
    source = LIB_RT / LIBRT[name]
    key = digest(name, toolchain.key, mypy_version, FLAGS)
    # Every shared library may have a PyInit_strings; a static image has one name space.
    rename = f"-DPyInit_{name.rpartition('.')[2]}={LIBRT_INIT[name]}"

    def compile_one(work: Path) -> None:
        include = f"-I{source.parent}"
        toolchain.run((*toolchain.cc, *FLAGS, include, rename, "-c", str(source), "-o", "out.o"), work)

    return toolchain.cached(cache / "hot" / f"{key}.o", compile_one)


def glue(names: Sequence[str]) -> str:
    """What mypyc's shared library and its shims do, for a static image.

    A module's code asks the group module for `__file__` and expects to find it in `sys.modules`; both would
    come from loading a shared library. A module that has run is imported without code that the image may be
    without then (imported.py); mypyc's own CPyImport_Exec refuses to run one twice.
    """
    declarations = "\n".join(f"PyObject *CPyInit_{mangled(name)}(void);" for name in names)
    rows = "\n".join(
        f'    {{"{name}", &CPyImportState_{mangled(name)}, &CPyModule_{mangled(name)}__internal, '
        f"CPyInit_{mangled(name)}}},"
        for name in names
    )
    inits = "\n".join(
        f"PyObject *pymirage_init_{mangled(name)}(void) {{ return import_module(&modules[{number}]); }}"
        for number, name in enumerate(names)
    )
    return f"""\
#include "__native_{GROUP}.c"

PyObject *pymirage_init_group(void)
{{
    PyObject *group = PyInit_{GROUP_MODULE}();
    if (group != NULL && PyModule_AddStringConstant(group, "__file__", "/{GROUP_MODULE}.so") < 0)
        return NULL;
    return group;
}}

{declarations}

static const struct module {{
    const char *name;
    const CPyImportState *state;
    CPyModule *const *object;
    PyObject *(*init)(void);
}} modules[] = {{
{rows}
}};

static int has_run(const struct module *module)
{{
    return CPyImport_IsExecuted(module->state) && *module->object != NULL;
}}

static __attribute__((noinline)) PyObject *import_module(const struct module *module)
{{
    PyObject *group = PyImport_ImportModule("{GROUP_MODULE}");
    if (group == NULL)
        return NULL;
    Py_DECREF(group);
    return has_run(module) ? Py_NewRef((PyObject *)*module->object) : module->init();
}}

{inits}

/* runtime/python/census.c */
void pymirage_compiled(void (*told)(void *to, const char *name), void *to);
void pymirage_compiled(void (*told)(void *to, const char *name), void *to)
{{
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (has_run(&modules[i]))
            told(to, modules[i].name);
}}
"""


def mangled(name: str) -> str:
    """mypyc's `exported_name`: an underscore stays, a dot becomes three."""
    return name.replace("___", "___3_").replace(".", "___")


def hashes(stage: Path, names: Sequence[str]) -> dict[str, str]:
    found = {name: stage / name for name in names}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for name, path in found.items()
    }


def primitives() -> tuple[bytes, ...]:
    """The primitives' sources, for keys."""
    return tuple(path.read_bytes() for path in PRIMITIVES)


def digest(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode()).hexdigest()


def read_answer(entry: Path) -> dict[str, Any] | None:
    try:
        return cast("dict[str, Any]", json.loads(entry.read_text()))
    except (OSError, ValueError):
        return None


def write_atomically(entry: Path, content: bytes) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    partial = entry.with_name(f"{entry.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(entry)
