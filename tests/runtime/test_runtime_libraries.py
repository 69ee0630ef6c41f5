"""Libraries of the runtime: made when needed, apart from the base, the same octets each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pymirage.tool.runtime import ensure, libraries, silent
from pymirage.tool.runtime.libraries.zlib import ZLIB


def test_only_who_needs_one_gets_it() -> None:
    assert libraries.needed(("sys", "_io")) == ()
    assert libraries.needed(("sys", "zlib")) == (ZLIB,)


def test_no_module_twice() -> None:
    names = [name for library in libraries.LIBRARIES for name in library.modules]
    assert len(names) == len(set(names))


def test_key_depends_on_base_source_and_recipe(tmp_path: Path) -> None:
    first = libraries.library_key(ZLIB, tmp_path / "base")
    assert first == libraries.library_key(ZLIB, tmp_path / "elsewhere" / "base")
    assert first != libraries.library_key(ZLIB, tmp_path / "other")
    assert ZLIB.source is not None
    newer = replace(ZLIB, source=replace(ZLIB.source, sha256="0" * 64))
    assert first != libraries.library_key(newer, tmp_path / "base")
    recipe = tmp_path / "zlib.py"
    recipe.write_text("")
    assert first != libraries.library_key(replace(ZLIB, recipe=recipe), tmp_path / "base")


@pytest.mark.boots
def test_two_builds_are_the_same_octets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In two caches; the sources come from the one that is there."""
    runtime = ensure("unix", silent)
    libraries.ensure(ZLIB, runtime.base, silent)
    tarballs = runtime.base.parents[1] / "sources"
    found = []
    for name in ("one", "another/place"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
        archives = libraries.ensure(ZLIB, runtime.base, silent, tarballs)
        found.append({path.name: path.read_bytes() for path in archives})
    assert found[0] == found[1]
    assert set(found[0]) == {"libz.a", "libpython-zlib.a"}


@pytest.mark.boots
def test_no_path_of_this_machine_is_in_them() -> None:
    """OpenSSL keeps the command that compiled it, unless it is told not to."""
    runtime = ensure("unix", silent)
    for library in libraries.LIBRARIES:
        for archive in libraries.ensure(library, runtime.base, silent):
            content = archive.read_bytes()
            assert str(runtime.base.parents[1]).encode() not in content, archive
