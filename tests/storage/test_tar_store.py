"""The tar store against the model, other tar programs, full disks and crashes."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.device import KeyValue, Remove, Set
from pymirage.device.error import NoSpace
from pymirage.driver.memory.block import RamBlock
from pymirage.storage.error import StorageError
from pymirage.storage.tar import Tar, TarStore
from pymirage.storage.tar.check import check
from tests.chance import examples
from tests.storage.crash import RecordingBlock
from tests.storage.date import wall_clock
from tests.storage.model import Operation, agree, operations, outcome, snapshot
from tests.storage.straight import run


def store_on(block: RamBlock | RecordingBlock) -> KeyValue:
    return run(TarStore.connect(block, wall_clock()))


@examples(60)
@given(operations(), st.sampled_from([512, 4096]))
def test_model(sequence: list[Operation], sector_size: int) -> None:
    block = RamBlock(1024 * 512 // sector_size, sector_size=sector_size)
    agree(store_on(block), sequence, lambda: store_on(block), atomic=True)


@examples(60)
@given(operations(6), st.sampled_from([512, 4096]), st.integers(0, 1000))
def test_crash_at_every_write(sequence: list[Operation], sector_size: int, seed: int) -> None:
    block = RecordingBlock(bytes(64 * 1024), sector_size=sector_size)
    store = store_on(block)
    # states[n]: what the store held when n operations had been acknowledged, and after how many events.
    states = [(0, snapshot(store))]
    for operation in sequence:
        outcome(store, operation)
        states.append((len(block.events), snapshot(store)))
    for number, content in block.crashed(seed):
        acknowledged = max(index for index, (events, _) in enumerate(states) if events <= number)
        allowed = [state for _, state in states[acknowledged : acknowledged + 2]]
        image = RamBlock.holding(content, sector_size=sector_size)
        found = snapshot(store_on(image))
        assert found in allowed, f"after event {number}"
        # The work that connecting did is itself complete, and others read the archive now.
        assert snapshot(store_on(image)) == found
        assert run(check(image)) == []
        with tarfile.open(fileobj=io.BytesIO(run(image.read(0, image.info().sectors)))) as archive:
            names = {name.rstrip("/") for name in archive.getnames()}
        assert names >= {key for key, value in found.items() if value is not None}


def test_space_is_used_again() -> None:
    block = RamBlock(64)
    store = store_on(block)
    for count in range(1000):
        run(store.set("counter", b"%d" % count))
    assert run(store.get("counter")) == b"999"


def test_full_disk_stays_intact_and_can_be_emptied() -> None:
    block = RamBlock(64)
    store = store_on(block)
    count = 0
    with pytest.raises(NoSpace):
        while True:
            run(store.set(f"key{count}", b"x" * 700))
            count += 1
    assert len(run(store.list())) == count
    assert snapshot(store_on(block)) == snapshot(store)
    for number in range(count):
        run(store.remove(f"key{number}"))
    assert run(store.list()) == []
    run(store.set("again", bytes(10_000)))


def test_batch_is_one_change() -> None:
    block = RamBlock(256)
    store = store_on(block)
    run(store.set("a", b"1"))
    run(store.batch([Set("b", b"2"), Remove("a"), Set("d/e", b"3")]))
    assert snapshot(store_on(block)) == {"b": b"2", "d": None, "d/e": b"3"}


def every_tar() -> list[str]:
    return [name for name in ("tar", "bsdtar") if shutil.which(name)]


@pytest.mark.parametrize("program", every_tar())
def test_others_read_what_we_wrote(program: str, tmp_path: Path) -> None:
    block = RamBlock(20_000)
    store = store_on(block)
    long = "/".join([f"a directory with a long name {number}" for number in range(12)]) + "/file"
    run(store.set("big", bytes(range(256)) * 12_000))
    run(store.set("small", b"hello"))
    run(store.set("empty", b""))
    run(store.set(long, b"long"))
    run(store.set("Ünï", b"unicode"))
    run(store.set("later", b"later"))
    run(store.remove("big"))
    run(store.remove("empty"))
    run(store.set("small", b"world"))
    run(store.set("gone/file", b""))
    run(store.remove("gone/file"))
    run(store.set("last", b"last"))
    image = tmp_path / "image.tar"
    image.write_bytes(run(block.read(0, 20_000)))
    (tmp_path / "out").mkdir()
    done = subprocess.run([program, "xf", image, "-C", tmp_path / "out"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    found = {
        str(path.relative_to(tmp_path / "out")): None if path.is_dir() else path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
    }
    assert found == snapshot(store)
    listing = subprocess.run([program, "tf", image], capture_output=True, check=True, text=True).stdout
    assert "free" not in listing


def test_python_reads_what_we_wrote() -> None:
    block = RamBlock(4096)
    store = store_on(block)
    for number in range(40):
        run(store.set(f"key{number}", b"x" * number * 100))
    for number in range(0, 40, 3):
        run(store.remove(f"key{number}"))
    run(store.set("new", b"1"))
    with tarfile.open(fileobj=io.BytesIO(run(block.read(0, 4096)))) as archive:
        names = sorted(archive.getnames())
    assert names == sorted(snapshot(store))


@pytest.mark.parametrize("program", every_tar())
@pytest.mark.parametrize("form", ["ustar", "pax", "gnu", "v7"])
def test_we_read_and_change_what_others_wrote(program: str, form: str, tmp_path: Path) -> None:
    if program == "bsdtar" and form == "gnu":
        form = "gnutar"
    tree = tmp_path / "tree"
    long = Path(*[f"directory {number} of several" for number in range(3)])
    content = {"one": b"1" * 1000, "sub/two": b"2", "sub/empty": b"", f"{long}/x": b"deep"}
    if form not in ("ustar", "v7"):
        content["n" * 180 + "/" + "m" * 200] = b"long name"
        content["ümlaut"] = b"u"
    for name, value in content.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(value)
    (tree / "link").hardlink_to(tree / "one")
    (tree / "symbolic").symlink_to("one")
    image = tmp_path / "image.tar"
    subprocess.run([program, f"--format={form}", "-cf", image, "-C", tree, "."], check=True)
    block = RamBlock.holding(image.read_bytes() + bytes(40_000))
    expected = content | {"link": content["one"]}
    values = {key: value for key, value in snapshot(run(Tar.connect(block))).items() if value is not None}
    assert values == expected
    store = store_on(block)
    if form not in ("ustar", "v7"):
        assert abs(run(store.last_modified("one")) - (tree / "one").stat().st_mtime_ns) < 1_000_000_000
    run(store.remove("one"))
    run(store.set("sub/two", b"changed"))
    del expected["one"]
    expected["sub/two"] = b"changed"
    values = {key: value for key, value in snapshot(store_on(block)).items() if value is not None}
    assert values == expected


@pytest.mark.skipif(not shutil.which("tar"), reason="needs GNU tar")
def test_appended_by_tar(tmp_path: Path) -> None:
    """`tar -r` leaves the old member in place: removing must not bring it back."""
    image = tmp_path / "image.tar"
    (tmp_path / "file").write_bytes(b"old")
    subprocess.run(["tar", "-cf", image, "-C", tmp_path, "file"], check=True)
    (tmp_path / "file").write_bytes(b"new")
    subprocess.run(["tar", "-rf", image, "-C", tmp_path, "file"], check=True)
    block = RamBlock.holding(image.read_bytes())
    store = store_on(block)
    assert run(store.get("file")) == b"new"
    run(store.remove("file"))
    assert snapshot(store_on(block)) == {}


@pytest.mark.skipif(not shutil.which("tar"), reason="needs GNU tar")
@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_sparse_members_are_refused(form: str, tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(1 << 20)
    image = tmp_path / "image.tar"
    subprocess.run(["tar", "--sparse", f"--format={form}", "-cf", image, "-C", tmp_path, "file"], check=True)
    with pytest.raises(StorageError, match=r"'file' is .*sparse.* without --sparse"):
        run(Tar.connect(RamBlock.holding(image.read_bytes())))


def test_an_archive_that_ends_in_the_middle() -> None:
    block = RamBlock(64)
    run(store_on(block).set("key", b"x" * 5000))
    with pytest.raises(StorageError, match=r"ends within 'key', which has 5000 bytes \(at byte 0x0\)"):
        run(Tar.connect(RamBlock.holding(run(block.read(0, 8)))))


@pytest.mark.parametrize("name", ["../up", "/absolute", "a/../b", "./a", "a//b", ".", "/"])
def test_names_that_lead_out_are_passed_over(name: str) -> None:
    image = io.BytesIO()
    with tarfile.open(fileobj=image, mode="w") as archive:
        for each in (name, "after"):
            info = tarfile.TarInfo(each)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
    found = snapshot(run(Tar.connect(RamBlock.holding(image.getvalue()))))
    assert found.pop("after") == b"x"
    assert all(".." not in key and not key.startswith("/") for key in found)
    if ".." in name or not name.strip("./"):
        assert found == {}
