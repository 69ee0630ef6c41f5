"""littlefs against the model, the reference implementation in C, full disks and crashes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.device import Block, KeyValue
from pymirage.device.error import BadKey, NoSpace
from pymirage.driver.memory.block import RamBlock
from pymirage.storage.error import WrongFormat
from pymirage.storage.littlefs import LittleFs, ctz
from pymirage.storage.littlefs.check import check
from pymirage.storage.littlefs.format import format
from tests.chance import examples
from tests.storage.crash import RecordingBlock
from tests.storage.date import NOW, wall_clock
from tests.storage.model import Operation, Snapshot, agree, operations, outcome, snapshot
from tests.storage.straight import run

reference: Any
try:
    import littlefs as reference
except ImportError:
    reference = None

needs_reference = pytest.mark.skipif(reference is None, reason="needs littlefs-python from PyPI")
SIZES = (512, 1024, 4096)


def fresh(block_size: int = 4096, size: int = 1 << 20, sector_size: int = 512) -> RamBlock:
    block = RamBlock(size // sector_size, sector_size=sector_size)
    run(format(block, block_size=block_size))
    return block


def store_on(block: Block) -> KeyValue:
    return run(LittleFs.connect(block, wall_clock()))


def content(block: Block) -> bytes:
    return run(block.read(0, block.info().sectors))


def mounted(image: bytes, block_size: int) -> Any:
    """The reference implementation on a copy of the image."""
    other = reference.LittleFS(mount=False, block_size=block_size, block_count=len(image) // block_size)
    other.context.buffer = bytearray(image)
    other.mount()
    return other


def reference_snapshot(other: Any) -> Snapshot:
    found: Snapshot = {}
    for path, directories, files in other.walk("/"):
        base = path.strip("/")
        for name in directories:
            found[f"{base}/{name}".strip("/")] = None
        for name in files:
            with other.open(f"{path}/{name}", "rb") as file:
                found[f"{base}/{name}".strip("/")] = file.read()
    return found


@examples(80)
@given(operations(), st.sampled_from([*SIZES, 256]), st.sampled_from([512, 4096]))
def test_model(sequence: list[Operation], block_size: int, sector_size: int) -> None:
    block = fresh(block_size, 256 * 1024, sector_size)
    agree(store_on(block), sequence, lambda: store_on(block))
    assert run(check(block)) == []


@pytest.mark.parametrize("position", [0, 1, 503, 504, 505, 1003, 1004, 5000, 100_000])
def test_skip_list_arithmetic(position: int) -> None:
    index, offset = ctz.locate(512, position)
    assert ctz.start(512, index) + offset - 4 * ctz.pointers(index) == position
    assert 4 * ctz.pointers(index) <= offset < 512


def fill(store: KeyValue, chance: random.Random) -> None:
    """Directories of several pairs, files of all sizes, moves and removals."""
    for number in range(300):
        run(store.set(f"many/file {number:03}", b"%d" % number * chance.randrange(30)))
    for number in range(0, 300, 3):
        run(store.remove(f"many/file {number:03}"))
    for size in (0, 1, 511, 512, 513, 4088, 4096, 10_000, 100_000):
        run(store.set(f"sizes/of {size}", chance.randbytes(size)))
    for number in range(20):
        run(store.set(f"deep/{'x/' * number}file", b"deep"))
    run(store.rename("many/file 001", "moved"))
    run(store.rename("sizes", "many/sizes"))
    run(store.rename("many/file 002", "many/file 004"))
    run(store.set_partial("many/sizes/of 10000", 9_999, b"tail" * 1000))
    run(store.set_partial("many/sizes/of 100000", 50_000, b"middle"))
    run(store.set("Ünï", b"unicode"))
    run(store.set("a", b""))
    run(store.set("ab", b""))
    run(store.remove("deep/x/x/x"))


@needs_reference
@pytest.mark.parametrize("block_size", SIZES)
def test_reference_reads_and_changes_what_we_wrote(block_size: int) -> None:
    block = fresh(block_size)
    store = store_on(block)
    fill(store, random.Random(block_size))
    expected = snapshot(store)
    assert snapshot(store_on(block)) == expected
    assert run(check(block)) == []
    other = mounted(content(block), block_size)
    assert reference_snapshot(other) == expected
    seconds, fraction = divmod(NOW, 1_000_000_000)
    assert other.getattr("/moved", "t") == seconds.to_bytes(8, "little") + fraction.to_bytes(4, "little")
    other.remove("/moved")
    other.rename("/many/sizes/of 513", "/renamed")
    other.makedirs("/new/directory")
    for number in range(40):
        with other.open(f"/new/{number}", "wb") as file:
            file.write(b"n" * number * 50)
    expected = reference_snapshot(other)
    again = RamBlock.holding(bytes(other.context.buffer))
    assert snapshot(store_on(again)) == expected
    assert run(check(again)) == []


@needs_reference
@pytest.mark.parametrize("block_size", SIZES)
@pytest.mark.parametrize("version", [0x0002_0000, 0x0002_0001])
def test_we_read_and_change_what_the_reference_wrote(block_size: int, version: int) -> None:
    count = (1 << 20) // block_size
    other = reference.LittleFS(
        block_size=block_size, block_count=count, disk_version=version, block_cycles=5, mount=False
    )
    other.format()
    other.mount()
    chance = random.Random(block_size)
    other.makedirs("/one/two/three")
    for round in range(3):
        for number in range(80):
            with other.open(f"/one/{number} {'n' * (number % 30)}", "wb") as file:
                file.write(chance.randbytes(chance.choice([0, 3, 500, 5000])))
            if number % 7 == round:
                other.remove(f"/one/{number} {'n' * (number % 30)}")
    other.rename("/one/two", "/elsewhere")
    expected = reference_snapshot(other)
    block = RamBlock.holding(bytes(other.context.buffer))
    store = store_on(block)
    assert snapshot(store) == expected
    assert run(check(block)) == []
    fill(store, chance)
    expected = snapshot(store)
    assert snapshot(store_on(block)) == expected
    assert run(check(block)) == []
    assert reference_snapshot(mounted(content(block), block_size)) == expected


@examples(25)
@given(operations(6), st.integers(0, 1000), st.sampled_from([(512, 512), (4096, 512), (4096, 4096)]))
def test_crash_at_every_write(sequence: list[Operation], seed: int, sizes: tuple[int, int]) -> None:
    block_size, sector_size = sizes
    block = RecordingBlock(content(fresh(block_size, 64 * 1024, sector_size)), sector_size=sector_size)
    store = store_on(block)
    states = [(0, snapshot(store))]
    for operation in sequence:
        outcome(store, operation)
        states.append((len(block.events), snapshot(store)))
    whole = not any(name.startswith(("remove", "batch")) for name, _ in sequence)
    for number, found in block.crashed(seed):
        image = RamBlock.holding(found, sector_size=sector_size)
        if reference is not None:
            other = mounted(found, block_size)
            other.fs_mkconsistent()
            seen = values(reference_snapshot(other))
        again = store_on(image)
        acknowledged = max(index for index, (events, _) in enumerate(states) if events <= number)
        allowed = [values(state) for _, state in states[acknowledged : acknowledged + 2]]
        if whole:
            assert values(snapshot(again)) in allowed, f"after event {number}"
        if reference is not None:
            assert seen == values(snapshot(again))
        assert run(check(image)) == []
        run(again.set("after the crash", b"works"))
        assert run(again.get("after the crash")) == b"works"


def values(state: Snapshot) -> Snapshot:
    """Without directories: an operation that failed, or was cut off, may have made some."""
    return {key: value for key, value in state.items() if value is not None}


@needs_reference
@examples(25)
@given(st.integers(0, 10_000))
def test_reference_losing_power(seed: int) -> None:
    """What the reference leaves behind when its power fails in the middle is repaired."""
    chance = random.Random(seed)
    other: Any = reference.LittleFS(block_size=512, block_count=64)
    log: list[tuple[int, int, bytes]] = []
    before = bytes(other.context.buffer)
    original = other.context.prog

    def prog(config: Any, number: int, offset: int, data: bytes) -> int:
        log.append((number, offset, bytes(data)))
        return int(original(config, number, offset, data))

    def erase(_: Any, number: int) -> int:
        log.append((number, 0, b"\xff" * 512))
        other.context.buffer[number * 512 : number * 512 + 512] = b"\xff" * 512
        return 0

    other.context.prog = prog
    other.context.erase = erase
    other.makedirs("/d/e")
    for number in range(12):
        with other.open(f"/d/{number}", "wb") as file:
            file.write(b"x" * chance.choice([5, 100, 700]))
    other.rename("/d/3", "/moved")
    other.mkdir("/d/f")
    other.rename("/d/f", "/f")
    other.remove("/f")
    other.remove("/d/5")
    image = bytearray(before)
    stop = chance.randrange(len(log))
    for number, offset, data in log[:stop]:
        image[number * 512 + offset : number * 512 + offset + len(data)] = data
    number, offset, data = log[stop]
    part = chance.randrange(len(data))
    image[number * 512 + offset : number * 512 + offset + part] = data[:part]
    # Before that the reference's own listing leaves out more than what was moved away.
    witness = mounted(bytes(image), 512)
    witness.fs_mkconsistent()
    expected = reference_snapshot(witness)
    block = RamBlock.holding(bytes(image))
    store = store_on(block)
    assert snapshot(store) == expected
    assert run(check(block)) == []
    run(store.set("new", b"value"))
    assert reference_snapshot(mounted(content(block), 512)) == expected | {"new": b"value"}


def test_full_file_system_stays_intact_and_can_be_emptied() -> None:
    block = fresh(512, 64 * 1024)
    store = store_on(block)
    count = 0
    with pytest.raises(NoSpace):
        while True:
            run(store.set(f"key {count}", b"x" * 700))
            count += 1
    assert count > 20
    assert len(run(store.list())) == count
    assert run(check(block)) == []
    for number in range(count):
        run(store.remove(f"key {number}"))
    run(store.set("again", bytes(50_000)))
    assert run(check(block)) == []


def test_space_is_used_again_and_blocks_in_turn() -> None:
    block = RecordingBlock(content(fresh(512, 64 * 1024)))
    store = store_on(block)
    for count in range(400):
        run(store.set("counter", b"%d" % count * 200))
    assert run(store.get("counter")) == b"399" * 200
    written = {event[0] for event in block.events if event is not None}
    assert len(written) > 110


def test_names() -> None:
    store = store_on(fresh())
    run(store.set("x" * 255, b"longest"))
    with pytest.raises(BadKey):
        run(store.set("x" * 256, b""))
    with pytest.raises(BadKey):
        run(store.set("ü" * 128, b""))


def test_wrong_format_says_what_it_found() -> None:
    with pytest.raises(WrongFormat, match="zeros"):
        store_on(RamBlock(64))
    small = RamBlock.holding(content(fresh())[: 1 << 19])
    with pytest.raises(WrongFormat, match="the device"):
        store_on(small)
