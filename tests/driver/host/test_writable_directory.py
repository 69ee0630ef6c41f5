"""Nothing outside the directory can be changed, and a value is old or new, never half of it."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from pymirage.device import Entry, Kind
from pymirage.device.error import BadKey, NoSpace, NotFound
from pymirage.driver.host import writable_directory
from pymirage.driver.host.writable_directory import BEING_WRITTEN, WritableDirectory
from pymirage.error import UsageError

SECRET = b"secret"


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(SECRET)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "up").symlink_to("..")
    (inside / "absolute").symlink_to(tmp_path / "outside")
    (inside / "link").symlink_to("../outside/file")
    return inside


def outside(inside: Path) -> list[tuple[str, bytes]]:
    directory = inside.parent / "outside"
    return [(path.name, path.read_bytes()) for path in sorted(directory.iterdir())]


@pytest.mark.parametrize("key", ["../outside/file", "up/outside/file", "absolute/file", "absolute/new/file"])
def test_no_way_out(inside: Path, key: str) -> None:
    store = WritableDirectory(str(inside))
    asyncio.run(store.set("mine", b"x"))
    for work in (store.set(key, b"x"), store.allocate(key, 1), store.rename("mine", key)):
        with pytest.raises(UsageError):
            asyncio.run(work)
    with pytest.raises(UsageError):
        asyncio.run(store.rename(key, "stolen"))
    if ".." not in key:
        asyncio.run(store.remove(key))
    assert outside(inside) == [("file", SECRET)]


def test_a_link_is_replaced_not_followed(inside: Path) -> None:
    store = WritableDirectory(str(inside))
    asyncio.run(store.set("link", b"mine"))
    assert (inside / "link").read_bytes() == b"mine"
    assert not (inside / "link").is_symlink()
    assert outside(inside) == [("file", SECRET)]


def test_removing_a_directory_spares_what_its_links_name(inside: Path) -> None:
    store = WritableDirectory(str(inside))
    asyncio.run(store.set("dir/value", b"x"))
    (inside / "dir" / "link").symlink_to(inside.parent / "outside")
    asyncio.run(store.remove("dir"))
    assert not (inside / "dir").exists()
    assert outside(inside) == [("file", SECRET)]


def test_a_full_disk_leaves_the_old_value(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = WritableDirectory(str(inside))
    asyncio.run(store.set("value", b"old"))

    def full(file: int, value: bytes) -> None:
        os.write(file, value[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writable_directory, "_write", full)
    with pytest.raises(NoSpace, match="value"):
        asyncio.run(store.set("value", b"new"))
    assert asyncio.run(store.get("value")) == b"old"
    assert asyncio.run(store.list()) == [Entry("value", Kind.VALUE)]
    assert not (inside / BEING_WRITTEN).exists()


def test_what_a_crash_left_is_not_there(inside: Path) -> None:
    (inside / BEING_WRITTEN).write_bytes(b"half")
    store = WritableDirectory(str(inside))
    assert asyncio.run(store.list()) == []
    with pytest.raises(NotFound):
        asyncio.run(store.get(BEING_WRITTEN))
    with pytest.raises(BadKey):
        asyncio.run(store.set(BEING_WRITTEN, b"x"))
    asyncio.run(store.set("value", b"new"))
    assert not (inside / BEING_WRITTEN).exists()


@pytest.mark.parametrize("key", ["x" * 300, "\ud800"])
def test_names_that_the_host_cannot_hold(inside: Path, key: str) -> None:
    with pytest.raises(BadKey):
        asyncio.run(WritableDirectory(str(inside)).set(key, b"x"))
