"""Nothing outside the directory can be read, whatever the key and whatever lies in the directory."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.device import Entry, Kind
from pymirage.device.error import BadKey, NotDirectory, NotFound
from pymirage.driver.host.directory import Directory
from pymirage.error import DeviceError, UsageError

SECRET = b"secret"


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A directory with a secret beside it, and every kind of way out."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(SECRET)
    inside = tmp_path / "inside"
    (inside / "real").mkdir(parents=True)
    (inside / "real" / "file").write_bytes(b"open")
    (inside / "up").symlink_to("..")
    (inside / "absolute").symlink_to(tmp_path / "outside")
    (inside / "link").symlink_to("../outside/file")
    (inside / "sideways").symlink_to("real/file")
    (inside / "broken").symlink_to("nowhere")
    os.mkfifo(inside / "pipe")
    return inside


@pytest.mark.parametrize(
    "key", ["link", "sideways", "broken", "up/outside/file", "absolute/file", "pipe", "up", "real/../link"]
)
def test_links_and_pipes_are_not_there(inside: Path, key: str) -> None:
    store = Directory(str(inside))
    with pytest.raises((NotFound, BadKey)):
        asyncio.run(store.get(key))
    with pytest.raises((NotFound, BadKey)):
        asyncio.run(store.list(key))


def test_they_are_not_listed_either(inside: Path) -> None:
    assert asyncio.run(Directory(str(inside)).list()) == [Entry("real", Kind.DIRECTORY)]


def test_values_stay_readable_when_the_directory_moves(inside: Path) -> None:
    store = Directory(str(inside))
    inside.rename(inside.with_name("moved"))
    assert asyncio.run(store.get("real/file")) == b"open"


@given(
    st.lists(st.sampled_from(["..", ".", "", "up", "absolute", "outside", "file", "real", "/"]), max_size=6)
)
def test_no_key_reads_the_secret(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    base = tmp_path_factory.getbasetemp() / "escape"
    if not base.exists():
        (base / "outside").mkdir(parents=True)
        (base / "outside" / "file").write_bytes(SECRET)
        (base / "inside").mkdir()
        (base / "inside" / "up").symlink_to("..")
        (base / "inside" / "absolute").symlink_to(base / "outside")
    try:
        value = asyncio.run(Directory(str(base / "inside")).get("/".join(names)))
    except UsageError:
        return
    assert value != SECRET


def test_an_absent_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="nowhere"):
        Directory(str(tmp_path / "nowhere"))


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DeviceError, match="file"):
        Directory(str(tmp_path / "file"))


def test_the_path_through_a_value_is_named(inside: Path) -> None:
    with pytest.raises(NotDirectory, match="real/file/below"):
        asyncio.run(Directory(str(inside)).get("real/file/below"))


def test_dates_are_the_files(inside: Path) -> None:
    os.utime(inside / "real" / "file", ns=(1, 1_234_567_890_123_456_789))
    assert asyncio.run(Directory(str(inside)).last_modified("real/file")) == 1_234_567_890_123_456_789
