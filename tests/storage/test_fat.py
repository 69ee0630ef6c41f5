"""FAT volumes against the model, mtools, dosfstools, full disks and crashes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.device import Block, KeyValue
from pymirage.device.error import BadKey, NoSpace
from pymirage.driver.memory.block import RamBlock
from pymirage.storage.error import WrongFormat
from pymirage.storage.fat import Fat
from pymirage.storage.fat.check import check
from pymirage.storage.fat.format import format
from tests.chance import examples
from tests.storage.crash import RecordingBlock
from tests.storage.date import NOW, wall_clock
from tests.storage.model import Operation, agree, operations, outcome, snapshot
from tests.storage.straight import run

# Sectors of 512 bytes that make a volume of the type.
SECTORS = {12: 2048, 16: 20_000, 32: 70_000}
TYPES = sorted(SECTORS)
# Operations that are all or nothing, and those that change nothing.
PROMISED = ("set(", "remove(", "allocate(", "get", "list", "exists", "size", "digest")

# FAT's dates are local ones: UTC's, wherever this machine is.
MTOOLS = {**os.environ, "MTOOLS_SKIP_CHECK": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
needs_mtools = pytest.mark.skipif(not shutil.which("mcopy"), reason="needs mtools")
needs_dosfstools = pytest.mark.skipif(not shutil.which("mkfs.fat"), reason="needs dosfstools")


def fresh(bits: int, sectors: int | None = None, sector_size: int = 512) -> RamBlock:
    block = RamBlock((sectors or SECTORS[bits]) * 512 // sector_size, sector_size=sector_size)
    run(format(block, bits=bits))
    return block


def store_on(block: Block) -> KeyValue:
    return run(Fat.connect(block, wall_clock()))


def content(block: Block) -> bytes:
    return run(block.read(0, block.info().sectors))


def fsck(block: Block, tmp_path: Path) -> None:
    """fsck.fat, which repairs nothing here, must have nothing to say."""
    if not shutil.which("fsck.fat"):
        return
    image = tmp_path / "fsck.img"
    image.write_bytes(content(block))
    done = subprocess.run(["fsck.fat", "-n", "-v", image], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@examples(80)
@given(operations(), st.sampled_from([(12, 512), (12, 4096), (12, 1024)]))
def test_model(sequence: list[Operation], kind: tuple[int, int]) -> None:
    block = fresh(*kind[:1], sector_size=kind[1])
    agree(store_on(block), sequence, lambda: store_on(block))
    assert run(check(block)) == []


@pytest.mark.parametrize("bits", TYPES)
def test_every_type_holds_the_same(bits: int, tmp_path: Path) -> None:
    block = fresh(bits)
    store = store_on(block)
    expected = fill(store)
    assert snapshot(store) == expected == snapshot(store_on(block))
    assert run(check(block)) == []
    fsck(block, tmp_path)


def fill(store: KeyValue) -> dict[str, bytes | None]:
    """Names of every sort, fragments, a directory of several clusters; what should then be there."""
    for number in range(120):
        run(store.set(f"many/file number {number}.text", b"%d" % number * number))
    for number in range(0, 120, 2):
        run(store.remove(f"many/file number {number}.text"))
    # Does not fit into any of the gaps, so it is spread over them.
    run(store.set("fragmented.bin", bytes(range(256)) * 500))
    run(store.set("SHORT.TXT", b"short"))
    run(store.set("ünï çödé ☃ 𝄞.txt", b"unicode"))
    run(store.set("no extension", b""))
    run(store.set(".hidden", b"dot"))
    run(store.set("a.b.c.d", b"dots"))
    run(store.set("d" * 255, b"longest"))
    run(store.set("åäö" * 4 + ".x", b"not ascii"))
    run(store.set("deep/er/and/deeper/file", b"deep"))
    run(store.rename("deep/er/and", "many/moved"))
    run(store.set_partial("SHORT.TXT", 3000, b"grown"))
    expected: dict[str, bytes | None] = {
        f"many/file number {number}.text": b"%d" % number * number for number in range(1, 120, 2)
    }
    expected |= {
        "many": None,
        "many/moved": None,
        "many/moved/deeper": None,
        "many/moved/deeper/file": b"deep",
        "deep": None,
        "deep/er": None,
        "fragmented.bin": bytes(range(256)) * 500,
        "SHORT.TXT": b"short".ljust(3000, b"\0") + b"grown",
        "ünï çödé ☃ 𝄞.txt": b"unicode",
        "no extension": b"",
        ".hidden": b"dot",
        "a.b.c.d": b"dots",
        "d" * 255: b"longest",
        "åäö" * 4 + ".x": b"not ascii",
    }
    return expected


@needs_mtools
@pytest.mark.parametrize("bits", TYPES)
def test_mtools_reads_what_we_wrote(bits: int, tmp_path: Path) -> None:
    block = fresh(bits)
    store = store_on(block)
    fill(store)
    image = tmp_path / "image"
    image.write_bytes(content(block))
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        ["mcopy", "-s", "-n", "-m", "-i", image, "::*", out], capture_output=True, check=False, env=MTOOLS
    )
    assert done.returncode == 0, done.stderr
    expected = {
        key: value
        for key, value in snapshot(store).items()
        if "𝄞" not in key  # mtools knows the BMP only
    }
    found = {
        str(path.relative_to(out)): None if path.is_dir() else path.read_bytes() for path in out.rglob("*")
    }
    assert {key: value for key, value in found.items() if not key.startswith("ünï")} == expected
    # Two seconds is the resolution of the dates.
    assert abs((out / "SHORT.TXT").stat().st_mtime_ns - NOW) <= 2_000_000_000


@needs_mtools
@needs_dosfstools
@pytest.mark.parametrize("bits", TYPES)
@pytest.mark.parametrize("sector", [512, 4096])
def test_we_read_and_change_what_others_wrote(bits: int, sector: int, tmp_path: Path) -> None:
    if sector == 4096 and bits == 32:
        pytest.skip("FAT32 with large sectors takes 256 MiB")
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(SECTORS[bits] * 512 * (sector // 512 if bits == 16 else 1))
    arguments: list[str | Path] = ["mkfs.fat", "-F", str(bits), "-S", str(sector), "-n", "LABEL", image]
    if bits == 32:
        arguments[1:1] = ["-s", "1"]
    subprocess.run(arguments, check=True, capture_output=True)
    tree = tmp_path / "tree"
    values = {
        "README.TXT": b"upper",
        "lower.txt": b"lower",
        "Mixed Case Name.markdown": b"x" * 5000,
        "sub/ümlaut.txt": b"u",
        "sub/a+b,c;d=e[f].txt": b"odd",
        "sub/日本語 ファイル.txt": b"wide",
        "sub/x.tar.gz": b"dots",
        "sub/.profile": b"hidden",
        "sub/NoExtensionAtAll": b"none",
        "sub/sub/deep": b"d" * 100_000,
        "empty": b"",
    }
    for name, value in values.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(value)
    names = [tree / name for name in ("README.TXT", "lower.txt", "Mixed Case Name.markdown", "sub", "empty")]
    subprocess.run(["mcopy", "-s", "-m", "-i", image, *names, "::"], check=True, env=MTOOLS)
    block = RamBlock.holding(image.read_bytes(), sector_size=512)
    store = store_on(block)
    expected: dict[str, bytes | None] = {**values, "sub": None, "sub/sub": None}
    assert snapshot(store) == expected
    assert abs(run(store.last_modified("empty")) - (tree / "empty").stat().st_mtime_ns) <= 2_000_000_000
    run(store.remove("sub/sub"))
    run(store.set("sub/new name", b"new"))
    run(store.set("lower.txt", b"L" * 10_000))
    assert run(check(block)) == []
    fsck(block, tmp_path)


def test_names_are_found_without_regard_to_case() -> None:
    store = store_on(fresh(12))
    run(store.set("Some Directory/ReadMe.txt", b"1"))
    assert run(store.get("some directory/README.TXT")) == b"1"
    run(store.set("SOME DIRECTORY/readme.TXT", b"2"))
    assert list(snapshot(store)) == ["Some Directory", "Some Directory/ReadMe.txt"]
    run(store.rename("some directory/readme.txt", "some directory/README.txt"))
    assert snapshot(store) == {"Some Directory": None, "Some Directory/README.txt": b"2"}


def test_similar_names_get_different_short_names(tmp_path: Path) -> None:
    block = fresh(16)
    store = store_on(block)
    for number in range(300):
        run(store.set(f"a directory/a rather long name {number}", b""))
    fsck(block, tmp_path)


@pytest.mark.parametrize("name", ["a:b", "what?", "dot.", "space ", "a*b", "x" * 256, "back\\slash", "\x07"])
def test_names_that_fat_cannot_hold(name: str) -> None:
    store = store_on(fresh(12))
    for key in (name, f"{name}/below", f"above/{name}"):
        with pytest.raises(BadKey):
            run(store.set(key, b""))
    assert run(store.list()) == []


def test_full_volume_stays_intact_and_can_be_emptied(tmp_path: Path) -> None:
    block = fresh(12, sectors=200)
    store = store_on(block)
    count = 0
    with pytest.raises(NoSpace):
        while True:
            run(store.set(f"key {count}", b"x" * 700))
            count += 1
    assert len(run(store.list())) == count
    assert run(check(block)) == []
    fsck(block, tmp_path)
    for number in range(count):
        run(store.remove(f"key {number}"))
    run(store.set("again", bytes(60_000)))


@examples(40)
@given(operations(5), st.integers(0, 1000), st.sampled_from([512, 4096]))
def test_crash_at_every_write(sequence: list[Operation], seed: int, sector_size: int) -> None:
    """What is promised holds for `set` and `remove`; after anything the volume can be read and written."""
    disk = fresh(12, sectors=160 * sector_size // 512, sector_size=sector_size)
    block = RecordingBlock(content(disk), sector_size=sector_size)
    store = store_on(block)
    states = [(0, snapshot(store))]
    for operation in sequence:
        outcome(store, operation)
        states.append((len(block.events), snapshot(store)))
    promised = all(name.startswith(PROMISED) for name, _ in sequence)
    for number, found in block.crashed(seed):
        image = RamBlock.holding(found, sector_size=sector_size)
        again = store_on(image)
        values = {key: value for key, value in snapshot(again).items() if value is not None}
        if promised:
            acknowledged = max(index for index, (events, _) in enumerate(states) if events <= number)
            allowed = [
                {key: value for key, value in state.items() if value is not None}
                for _, state in states[acknowledged : acknowledged + 2]
            ]
            assert values in allowed, f"after event {number}"
            assert all("belong to no file" in line or "copies" in line for line in run(check(image)))
        run(again.set("after the crash", b"works"))
        assert run(again.get("after the crash")) == b"works"


def test_lost_clusters_are_reclaimed_when_space_runs_out() -> None:
    block = RecordingBlock(content(fresh(12, sectors=160)))
    store = store_on(block)
    run(store.set("key", bytes(50_000)))
    crashes = (RamBlock.holding(found) for _, found in block.crashed(0))
    image = next(image for image in crashes if any("no file" in line for line in run(check(image))))
    run(store_on(image).set("other", bytes(50_000)))
    assert run(check(image)) == []


@pytest.mark.parametrize("bits", TYPES)
def test_wrong_format_says_what_it_found(bits: int) -> None:
    with pytest.raises(WrongFormat, match="zeros"):
        store_on(RamBlock(64))
    small = RamBlock.holding(content(fresh(bits))[: SECTORS[bits] * 256])
    with pytest.raises(WrongFormat, match="the device only"):
        store_on(small)
