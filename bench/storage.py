"""File systems on every target, beside the host's own, littlefs in C, and pyfatfs; the disks are in memory.

`BENCH_FILES` says how many small files are listed (100000), `BENCH_TARGETS` where (host unix spt hvt).
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.table import render
from pymirage.driver.host.clock import HostWallClock
from pymirage.driver.memory.block import RamBlock
from pymirage.storage import disk

APP = Path(__file__).parent / "apps" / "storage"
KINDS = ("tar", "fat", "littlefs")
FORMATS = {"tar": "tar", "fat": "fat32", "littlefs": "littlefs"}
FILES = int(os.environ.get("BENCH_FILES", "100000"))
TARGETS = os.environ.get("BENCH_TARGETS", "host unix spt hvt").split()
BIG, MEBIBYTE, SMALL, STEP = 64 << 20, 1 << 20, 4096, 7919
DISK = 256 << 20
PER_DIRECTORY = 10_000
MEMORY_MB = 256

Figures = dict[str, list[tuple[int, int]]]  # nanoseconds and bytes by what was done


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as scratch:
        place = Path(scratch)
        app = Path(shutil.copytree(APP, place / "app", ignore=shutil.ignore_patterns("_build", "dist")))
        rows: dict[str, Figures] = {}
        listed: dict[str, str] = {}
        targets = [target for target in TARGETS if built(app, target)]
        for kind in KINDS:
            large, small = place / "large", place / "small"
            made(large, kind, {"big": bytes(BIG)})
            made(
                small,
                kind,
                {f"{number // PER_DIRECTORY}/file {number:06}": b"x" * 100 for number in range(FILES)},
            )
            for target in targets:
                rows[f"{kind}, {target}"] = measured(app, target, large, kind, "speed")
                figures = measured(app, target, small, kind, "list")
                (connect, _), (listing, count) = figures["connect"][0], figures["list"][0]
                listed[f"{kind}, {target}"] = (
                    f"{count} files: connect {connect / 1e9:.2f} s, list {listing / 1e9:.2f} s"
                )
        rows["host's file system"] = on_host(place / "host")
        for name, measure in (("littlefs-python (C)", littlefs_in_c), ("pyfatfs", pyfatfs)):
            try:
                rows[name] = measure(place)
            except ImportError as error:
                print(f"{name}: skipped, {error}")
            except Exception as error:
                print(f"{name}: gave up, {error}")
    names = list(next(iter(rows.values())))
    names.remove("connect")
    print(
        render(
            ["MB/s", *names],
            [[row, *(rate(figures.get(name)) for name in names)] for row, figures in rows.items()],
        )
    )
    print()
    print("\n".join(f"{name:16} {text}" for name, text in listed.items()))
    print(
        f"\nmedians of 3; guests have {MEMORY_MB} MB; a write is a `set` with its flushes; "
        "random 4 KiB writes lie in 1 MiB values"
    )


def rate(found: list[tuple[int, int]] | None) -> str:
    return (
        ""
        if not found
        else f"{statistics.median(size / nanoseconds * 1000 for nanoseconds, size in found):.0f}"
    )


def built(app: Path, target: str) -> bool:
    if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("hvt: skipped, /dev/kvm cannot be opened")
        return False
    name = "unix" if target == "host" else target
    pymirage("configure", "-t", name, cwd=app)
    if target != "host":
        pymirage("build", "-t", name, cwd=app)
    return True


def measured(app: Path, target: str, image: Path, kind: str, measure: str) -> Figures:
    """What the program printed, on a copy of the image."""
    copy = Path(shutil.copy(image, image.with_suffix(".copy")))
    options = {"host": ["-t", "unix"], "unix": ["-t", "unix", "--image"]}.get(target, ["-t", target])
    memory = [] if target == "host" else ["--mem", str(MEMORY_MB)]
    printed = pymirage(
        "run",
        *options,
        *memory,
        "--block",
        f"storage={copy}",
        "--",
        f"--kind={kind}",
        f"--measure={measure}",
        cwd=app,
    )
    found: Figures = defaultdict(list)
    for line in printed.splitlines():
        name, nanoseconds, size = line.rsplit(" ", 2)
        found[name].append((int(nanoseconds), int(size)))
    copy.unlink()
    return found


def pymirage(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pymirage", *arguments], cwd=cwd, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"pymirage {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def made(path: Path, kind: str, content: dict[str, bytes]) -> None:
    async def work() -> None:
        block = RamBlock(DISK // 512)
        await disk.create(block, FORMATS[kind])
        store = await disk.connect(block, HostWallClock())
        for key, value in content.items():
            await store.set(key, value)
        path.write_bytes(await block.read(0, DISK // 512))

    asyncio.run(work())


@contextlib.contextmanager
def timed(found: Figures, name: str, size: int) -> Iterator[None]:
    began = time.perf_counter_ns()
    yield
    found[name].append((time.perf_counter_ns() - began, size))


def compared(
    read: Callable[[int, int], object],
    write: Callable[[str, bytes], None],
    write_part: Callable[[str, int, bytes], None],
) -> Figures:
    """The same steps as in apps/storage, through other libraries."""
    found: Figures = defaultdict(list)
    value = bytes(range(256)) * 4096
    for _ in range(3):
        for name, size, total, random in (
            ("read 1 MiB sequential", MEBIBYTE, BIG, False),
            ("read 1 MiB random", MEBIBYTE, BIG, True),
            ("read 4 KiB sequential", SMALL, 8 << 20, False),
            ("read 4 KiB random", SMALL, 8 << 20, True),
        ):
            places = BIG // size
            with timed(found, name, total):
                for number in range(total // size):
                    read((number * STEP % places if random else number) * size, size)
        with timed(found, "write 1 MiB sequential", 16 * len(value)):
            for number in range(16):
                write(f"large {number}", value)
        with timed(found, "write 4 KiB sequential", 256 * SMALL):
            for number in range(256):
                write(f"small {number}", value[:SMALL])
        with timed(found, "write 1 MiB random", 16 * len(value)):
            for number in range(16):
                write(f"large {number * 7 % 16}", value)
        with timed(found, "write 4 KiB random", 64 * SMALL):
            for number in range(64):
                write_part("large 3", number * STEP % 256 * SMALL, value[:SMALL])
    return found


def on_host(place: Path) -> Figures:
    place.mkdir()
    (place / "big").write_bytes(bytes(BIG))

    def read(offset: int, size: int) -> bytes:
        with (place / "big").open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def write(name: str, value: bytes) -> None:
        with (place / name).open("wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())

    def write_part(name: str, offset: int, value: bytes) -> None:
        with (place / name).open("r+b") as file:
            file.seek(offset)
            file.write(value)
            file.flush()
            os.fsync(file.fileno())

    return compared(read, write, write_part)


def littlefs_in_c(_: Path) -> Figures:
    from littlefs import LittleFS

    files = LittleFS(
        block_size=4096,
        block_count=DISK // 4096,
        read_size=512,
        prog_size=512,
        cache_size=4096,
        lookahead_size=512,
    )
    with files.open("big", "wb") as file:
        file.write(bytes(BIG))

    def read(offset: int, size: int) -> object:
        with files.open("big", "rb") as file:
            file.seek(offset)
            return file.read(size)

    def write(name: str, value: bytes) -> None:
        with files.open(name, "wb") as file:
            file.write(value)

    def write_part(name: str, offset: int, value: bytes) -> None:
        with files.open(name, "r+b") as file:
            file.seek(offset)
            file.write(value)

    return compared(read, write, write_part)


def pyfatfs(place: Path) -> Figures:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyfatfs.PyFatFS import PyFatFS
    image = place / "pyfatfs"
    made(image, "fat", {"big": bytes(BIG)})
    files = PyFatFS(str(image))

    def read(offset: int, size: int) -> object:
        with files.openbin("/big", "r") as file:
            file.seek(offset)
            return file.read(size)

    def write(name: str, value: bytes) -> None:
        # It cannot write over what is there: the clusters that it has just freed are in its way.
        if files.exists(f"/{name}"):
            files.remove(f"/{name}")
        with files.openbin(f"/{name}", "w") as file:
            file.write(value)

    def write_part(name: str, offset: int, value: bytes) -> None:
        with files.openbin(f"/{name}", "r+") as file:
            file.seek(offset)
            file.write(value)

    return compared(read, write, write_part)


if __name__ == "__main__":
    main()
