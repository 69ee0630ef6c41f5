"""The parts of the builder that need no build: keys, progress, the compiler, what a failing command says."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pymirage.tool.runtime import (
    Event,
    RuntimeBuildError,
    base,
    compiler,
    cpython,
    ensure,
    locate,
    silent,
    target,
)
from pymirage.tool.runtime.cpython_edits import Edit
from pymirage.tool.runtime.key import key
from pymirage.tool.runtime.process import Runner, environment
from pymirage.tool.runtime.progress import Meter, Step


def test_key_depends_on_facts_names_and_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = key(("fact",), (tmp_path,))
    assert key(("fact",), (tmp_path,)) == first
    assert key(("other",), (tmp_path,)) != first
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("")
    assert key(("fact",), (tmp_path,)) == first
    (tmp_path / "a").write_text("2")
    assert key(("fact",), (tmp_path,)) != first
    (tmp_path / "a").write_text("1")
    (tmp_path / "a").rename(tmp_path / "b")
    assert key(("fact",), (tmp_path,)) != first
    assert key(("ab", "c")) != key(("a", "bc"))


def test_meter_weighs_steps_and_learns_the_pace() -> None:
    now = 0.0
    events: list[Event] = []
    meter = Meter((Step("one", 10), Step("two", 30)), events.append, lambda: now)
    meter.begin("one")
    assert events[-1] == Event("one", 0.0, 40.0)
    now = 20.0
    meter.begin("two")
    assert events[-1] == Event("two", 0.25, 60.0), "this machine takes twice the time"
    now = 50.0
    meter.advance(0.5)
    assert events[-1] == Event("two", 0.625, 30.0)
    meter.advance(7.0)
    assert events[-1].fraction == 1.0


def test_nothing_of_the_environment_reaches_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFLAGS", "-march=native")
    assert "CFLAGS" not in environment()
    assert environment(CC="cc")["CC"] == "cc"


@pytest.mark.parametrize("missing", ("gcc", "as", "ld", "ar", "make"))
def test_missing_program_names_the_package(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "which", lambda program: None if program == missing else f"/bin/{program}")
    with pytest.raises(RuntimeBuildError, match=f"{missing} is not installed: apt-get install build"):
        compiler.find()


def test_other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "ask", lambda *_: "aarch64-linux-gnu")
    with pytest.raises(RuntimeBuildError, match="images need an x86-64 machine"):
        compiler.find()


@pytest.mark.parametrize("program", range(3))
def test_key_depends_on_the_tools(program: int) -> None:
    """gcc, the assembler, the linker: each writes octets that get into images."""
    sources, found = locate.sources(), compiler.find()
    names = [*found.identity]
    names[program] += "+security1"
    other = replace(found, identity=tuple(names))
    first = base.base_key(sources, found)
    assert base.base_key(sources, other) != first
    assert target.target_key("spt", first, sources, other) != target.target_key("spt", first, sources, found)


@pytest.mark.parametrize("name", ("a b", "it's", "$HOME", "a:b", "a#b"))
def test_cache_in_a_place_that_make_cannot_name(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    meter = Meter(base.STEPS, silent)
    with pytest.raises(RuntimeBuildError, match=r"make cannot work in .*: set XDG_CACHE_HOME"):
        base.make(place, locate.sources(), compiler.find(), None, 1, meter)


def test_unknown_target() -> None:
    with pytest.raises(RuntimeBuildError, match="no target 'vax': there are unix, spt, hvt"):
        ensure("vax", silent)


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    return Runner(tmp_path / "log" / "test.log")


def fails(run: Runner, shell: str) -> str:
    with pytest.raises(RuntimeBuildError) as error:
        run.run(("sh", "-c", shell), run.log.parent)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_failing_command_shows_its_first_error_and_the_log(run: Runner) -> None:
    message = fails(run, "echo a.c:1: error: bad; echo make: stopped; exit 2")
    assert message == f"sh failed: a.c:1: error: bad (all of it: {run.log})"
    assert "make: stopped" in run.log.read_text()


def test_full_disk_is_said(run: Runner) -> None:
    assert "no space left" in fails(run, "echo cc1: error: No space left on device; exit 1")


def test_missing_headers_name_the_package(run: Runner) -> None:
    text = "echo 'a.c:1:10: fatal error: linux/kvm.h: No such file or directory'; exit 1"
    assert "apt-get install build-essential" in fails(run, text)


def test_edit_must_fit(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("one two two")
    cpython.apply(Edit("a.c", "one", "1"), tmp_path)
    assert (tmp_path / "a.c").read_text() == "1 two two"
    for old in ("two", "three"):
        with pytest.raises(RuntimeBuildError, match=r"a\.c is not what"):
            cpython.apply(Edit("a.c", old, ""), tmp_path)


def test_builtin_modules() -> None:
    config = '    {"_io", PyInit__io},\n    {"marshal", PyMarshal_Init},\n    {"sys", NULL},\n    {0, 0}\n'
    assert cpython.builtin_modules(config) == {"_io": "PyInit__io", "marshal": "PyMarshal_Init", "sys": ""}


def test_locate_finds_the_checkout() -> None:
    assert (locate.sources() / "include" / "solo5.h").is_file()


@pytest.mark.boots
def test_two_builds_are_the_same_octets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer of a target, in two caches and from two copies of the sources."""
    runtime = ensure("hvt", silent)
    cc = compiler.image_cc(compiler.find(), runtime.base)
    found = []
    for name in ("one", "another/place"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name / "cache"))
        copy = tmp_path / name / "sources"
        shutil.copytree(locate.sources(), copy)
        made = tmp_path / name / "made"
        made.mkdir(parents=True)
        target.make(made, "hvt", copy, cc, Meter(target.STEPS, silent))
        files = (path for path in made.rglob("*") if path.is_file())
        found.append({path.relative_to(made): path.read_bytes() for path in files})
    assert found[0] == found[1]
    assert Path("lib/libpymirage.a") in found[0]


@pytest.mark.boots
def test_cached_runtime_has_everything(tmp_path: Path) -> None:
    runtime = ensure("spt", silent)
    assert all(path.is_file() for path in (*runtime.archives, runtime.linker_script, runtime.python))
    assert runtime.tender is not None and runtime.tender.is_file()
    assert (runtime.stdlib / "asyncio").is_dir() and (runtime.overlay / "_socket.py").is_file()
    assert runtime.builtin_modules["pymirage.driver.solo5._contract"] == "PyInit__contract"
    assert not {"_socket", "_posixsubprocess", "_ctypes"} & set(runtime.builtin_modules)
    version = subprocess.run([runtime.python, "-S", "-V"], capture_output=True, text=True, check=True).stdout
    assert version == f"Python {runtime.python_version}\n"
    (tmp_path / "a.c").write_text("#include <Python.h>\n#include <stdio.h>\nint a = PY_VERSION_HEX;\n")
    subprocess.run([*runtime.cc, "-O2", "-c", "a.c", "-o", "a.o"], cwd=tmp_path, check=True)
    assert runtime.key == ensure("spt", silent).key
