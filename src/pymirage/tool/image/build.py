"""From a configured `_build/<target>` and a runtime to a finished image: closure, link, size."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pymirage
from pymirage.tool.image import (
    closure,
    compile,
    elf,
    freeze,
    imported,
    initialise,
    made_of,
    package_data,
    report,
    snapshot,
    vendor,
)
from pymirage.tool.image.bytecode import Bytecode, compressed
from pymirage.tool.image.closure import Closure
from pymirage.tool.image.compile import LIBRT_INIT, Native
from pymirage.tool.image.elf import Elf
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.freeze import Frozen
from pymirage.tool.image.guest import Guest
from pymirage.tool.image.initialise import Initialised, Kind
from pymirage.tool.image.link import Linked, link
from pymirage.tool.image.modules import Finder, Origin, Root
from pymirage.tool.image.plan import BuildPlan
from pymirage.tool.image.rehearsal import date
from pymirage.tool.image.report import Size
from pymirage.tool.image.tables import File, Tables, read_files
from pymirage.tool.image.toolchain import Toolchain
from pymirage.tool.runtime import cache as runtime_cache
from pymirage.tool.runtime import libraries
from pymirage.tool.runtime.progress import Progress, silent
from pymirage.tool.runtime.runtime import Runtime
from pymirage.tool.whole import write_whole

STAND_INS = Path(__file__).with_name("stand_ins")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a build's account: what was done, and how long it took; 0 when it only begins."""

    name: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image."""

    path: Path
    size: Size
    modules: int
    compiled: int
    left_out: frozenset[str]
    rehearsal: str = ""
    """How that of a start went, while the image was built."""


# Draws how far the making of a library has come, while the block runs.
Drawn = Callable[[], AbstractContextManager[Progress]]


@contextmanager
def undrawn() -> Iterator[Progress]:
    yield silent


def build(
    plan: BuildPlan,
    runtime: Runtime,
    report_step: Callable[[Step], None],
    drawn: Drawn = undrawn,
    *,
    cold: bool = False,
    without_eval: bool = False,
) -> Image:
    """Writes the image to `plan.image` and its size report into `plan.directory`.

    `cold` images import their modules at each boot, others have done so.
    A library that this image is the first to need is made now, which may take minutes. Raises ImageError,
    whose message is one line with a remedy; the old image then stays as it was.
    """
    watch = Watch(report_step)
    tools, cache = toolchain(runtime), runtime_cache.root()
    with watch.step("closure") as say:
        packages = vendor.vendor(plan, runtime.python_version, cache)
        needed = find_closure(plan, runtime, packages, cache)
        frozen = freeze.freeze(needed)
        native = compile.build(needed, tools, cache, watch.announce)
        crunched = {table: read_files(directory) for table, directory in plan.crunch}
        crunched |= package_data.collect(needed)
        say(closure_line(needed, native, plan, crunched))
    carried = carry(needed, runtime, watch, drawn)
    if cold and without_eval:
        raise ImageError("--without-eval: a cold image needs the compiler while it imports its modules")
    with watch.step("link") as say:
        tables = Tables(frozen, inittab(needed, native, runtime), crunched, plan.devices)
        linked = link_image(tables, native, (*runtime.archives, *carried), runtime, tools, plan)
        if cold:
            install(linked.content, plan.image)
        say(display(plan.image, plan.project))
    census: tuple[Kind, ...] = ()
    rehearsal = ""
    if not cold:
        with watch.step("boot") as say:
            day = date.of(file.content for files in crunched.values() for file in files)
            linked, frozen, memory = initialise_image(
                linked, frozen, native, runtime, plan, day, without_eval
            )
            census = memory.census
            install(linked.content, plan.image)
            rehearsal = memory.rehearsal
            say(f"{count(len(memory.modules()), 'module')} imported, {rehearsal}")
        watch.printed(memory.console)
    with watch.step("size") as say:
        size = report.measure(linked, frozen, crunched, plan, census)
        report.write(size, plan)
        made_of.note(needed, plan)
        say(f"{size.headline()}     (report: {display(plan.directory / 'size.html', plan.project)})")
    return Image(plan.image, size, len(needed.nodes), len(native.modules), needed.left_out, rehearsal)


def find_closure(plan: BuildPlan, runtime: Runtime, packages: Path | None, cache: Path) -> Closure:
    finder = Finder(roots(plan, runtime, packages), {**available(runtime), **LIBRT_INIT})
    with Guest(runtime.python, runtime.python_version, cache) as guest:
        return closure.compute(closure.main_module(plan.directory / plan.entry), plan.include, finder, guest)


def roots(plan: BuildPlan, runtime: Runtime, packages: Path | None) -> tuple[Root, ...]:
    """The search path, most specific first."""
    version = ".".join(runtime.python_version.split(".")[:2])
    own = Path(pymirage.__file__).parent.parent
    return (
        *(Root(source.resolve(), Origin.PROJECT, "") for source in plan.sources),
        *([Root(packages, Origin.PACKAGE, "packages/")] if packages is not None else []),
        Root(own, Origin.PYMIRAGE, "", only="pymirage"),
        Root(runtime.overlay, Origin.STAND_IN, "stand-ins/"),
        Root(STAND_INS, Origin.STAND_IN, "stand-ins/"),
        Root(runtime.stdlib, Origin.STDLIB, f"python{version}/"),
    )


def inittab(needed: Closure, native: Native, runtime: Runtime) -> dict[str, str | None]:
    """Only what is reachable, so that the linker drops the rest of the runtime."""
    symbols = {**available(runtime), **native.init}
    names = [*needed.c_modules(), *native.init]
    return {name: symbols[name] or None for name in names}


def available(runtime: Runtime) -> Mapping[str, str]:
    """Every C module that an image could have."""
    return {**libraries.modules(), **runtime.builtin_modules}


def carry(needed: Closure, runtime: Runtime, watch: Watch, drawn: Drawn) -> tuple[Path, ...]:
    """The archives of the libraries that the image's modules use."""
    wanted = libraries.needed(needed.c_modules())
    if not wanted:
        return ()
    with watch.step("library") as say:
        say(", ".join(each.title for each in wanted))
        archives: list[Path] = []
        for each in wanted:
            with drawn() as progress:
                archives += libraries.ensure(each, runtime.base, progress)
    return tuple(archives)


def link_image(
    tables: Tables,
    native: Native,
    archives: tuple[Path, ...],
    runtime: Runtime,
    tools: Toolchain,
    plan: BuildPlan,
) -> Linked:
    with tempfile.TemporaryDirectory() as work:
        return link(tables, native.objects, archives, runtime.linker_script, tools, Path(work), plan.target)


def initialise_image(
    linked: Linked,
    frozen: Sequence[Frozen],
    native: Native,
    runtime: Runtime,
    plan: BuildPlan,
    day: int,
    without_eval: bool,
) -> tuple[Linked, tuple[Frozen, ...], Initialised]:
    """The image that starts where its imports ended, the bytecode that it still has, and its memory."""
    # The heap begins where an image that loads its symbols has them.
    bare = elf.without_loaded_symbols(linked.content)
    with tempfile.TemporaryDirectory() as work:
        memory = initialise.initialise(
            bare, runtime.initialiser, Path(work), plan.ports, day, without_eval=without_eval
        )
    bytecode = Bytecode(frozen, compressed(memory.census))
    # Who copies pages ahead is a tender; without them the note is short enough for the image's first page.
    written = () if plan.target == "virtio" else memory.written
    source = Elf(bare)
    left_out = tuple(imported.pages(source, native.modules, memory.compiled()))
    if without_eval:
        left_out = (snapshot.compiler_addresses(source), *left_out)
    content = snapshot.write(bare, memory.parts, bytecode, written, left_out=left_out)
    return replace(linked, content=content, left_out=left_out), tuple(bytecode.kept()), memory


def install(content: bytes, path: Path) -> None:
    """An image that is running keeps its old file."""
    try:
        write_whole(path, content, mode=0o755)
    except OSError as error:
        raise ImageError(f"{path} cannot be written: {error.strerror}") from error


def toolchain(runtime: Runtime) -> Toolchain:
    major, minor = map(int, runtime.python_version.split(".")[:2])
    # The base's name is a hash of the compiler and its flags; where the base lies must not reach an image.
    cc = (*runtime.cc, f"-ffile-prefix-map={runtime.base}=runtime")
    return Toolchain(cc, runtime.base.name, (major, minor))


def closure_line(
    needed: Closure, native: Native, plan: BuildPlan, crunched: dict[str, tuple[File, ...]]
) -> str:
    parts = [count(len(needed.nodes), "module")]
    if native.modules:
        parts.append(f"{len(native.modules)} compiled")
    if plan.packages:
        parts.append(count(len(plan.packages), "package"))
    files = sum(map(len, crunched.values()))
    if files:
        parts.append(count(files, "file"))
    return ", ".join(parts)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def display(path: Path, project: Path) -> str:
    return str(path.relative_to(project)) if path.is_relative_to(project) else str(path)


class Watch:
    """Times the steps of a build, and announces the one that may take long."""

    def __init__(self, report_step: Callable[[Step], None]) -> None:
        self.report_step = report_step

    def announce(self, text: str) -> None:
        self.report_step(Step("compile", text, 0.0))

    def printed(self, console: str) -> None:
        """What the program said while it was brought up, which no boot says again."""
        for line in console.splitlines():
            self.report_step(Step("said", line, 0.0))

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        started = time.monotonic()
        said: list[str] = []
        yield said.append
        self.report_step(Step(name, said[0] if said else "", time.monotonic() - started))
