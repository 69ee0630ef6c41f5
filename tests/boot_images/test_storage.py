"""File systems in images: the contract, the examples, exchange with the host, and kills in the middle."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from pymirage.driver.host.block import FileBlock
from pymirage.driver.host.clock import HostWallClock
from pymirage.storage import disk
from tests.boot_images.harness import PATIENCE, Lab, runtime
from tests.boot_images.test_contract import with_checks
from tests.examples.project import EXAMPLES

EXAMPLE = {path.name.partition("-")[2]: path for path in EXAMPLES}
KINDS = ("tar", "fat", "littlefs")


def made(path: Path, kind: str, size: int, content: dict[str, bytes] | None = None) -> Path:
    """An image file with a file system that holds something."""

    async def work() -> None:
        with path.open("wb") as file:
            file.truncate(size)
        block = await FileBlock.connect(str(path))
        await disk.create(block, kind)
        store = await disk.connect(block, HostWallClock())
        for key, value in (content or {}).items():
            await store.set(key, value)
        await block.close()

    asyncio.run(work())
    return path


def read(path: Path, key: str) -> bytes:
    """A value of the image file, which must be in order."""

    async def work() -> bytes:
        block = await FileBlock.connect(str(path), read_only=True)
        _, form = await disk.identify(block)
        problems = await form.check(block)
        assert problems == []
        value = await (await form.connect(block, HostWallClock())).get(key)
        await block.close()
        return value

    return asyncio.run(work())


def test_stores_keep_their_contract(lab: Lab) -> None:
    project = with_checks(lab.project(Path(__file__).parent / "apps" / "stores"))
    path = lab.directory / "disk"
    path.write_bytes(bytes(512 * 24_000))
    run = lab.boot(lab.build(project), options=[f"--block:storage={path}"])
    assert (run.status, run.console.endswith("SUCCESS\n")) == (0, True), run.console


@pytest.mark.parametrize("kind", [*KINDS, "memory"])
def test_the_same_program_on_each_store(kind: str, lab: Lab) -> None:
    image = lab.build(EXAMPLE["key-value"], f"--kind={kind}")
    path = lab.directory / "disk"
    options = [f"--block:storage={made(path, kind, 1 << 20)}"] if kind != "memory" else []
    # The second boot finds what the first one left.
    for _ in range(2):
        run = lab.boot(image, options=options)
        assert run.status == 0, run.console
        assert "notes/archive/x: 5000 bytes\n" in run.console
        assert run.console.endswith("Buy bread and milk.\nbread\nthe archive is gone\n")
    if kind != "memory":
        assert read(path, "notes/today") == b"Buy bread and milk.\n"


@pytest.mark.parametrize("kind", KINDS)
def test_content_from_a_file_system(kind: str, lab: Lab) -> None:
    """What `kv.generic` embeds otherwise."""
    image = lab.build(EXAMPLE["files"], f"--kv={kind}")
    content = {"css/site.css": b"body { color: black }\n", "greeting.txt": b"From the disk.\n"}
    path = made(lab.directory / "disk", kind, 1 << 20, content)
    run = lab.boot(image, options=[f"--block:storage={path}"])
    assert run.status == 0, run.console
    assert run.console.splitlines() == [
        "/css/site.css  22 bytes  99afaa19fe6b",
        "/greeting.txt  15 bytes  8d4a5c80dd1c",
        "From the disk.",
    ]


def test_the_wrong_file_system_is_named(lab: Lab) -> None:
    image = lab.build(EXAMPLE["files"], "--kv=littlefs")
    path = made(lab.directory / "disk", "fat16", 4 << 20)
    run = lab.boot(image, options=[f"--block:storage={path}"])
    # One line, without a traceback.
    assert (run.status, run.console) == (1, "files: no littlefs: the device holds FAT16\n")


def test_a_counter_that_is_killed(lab: Lab) -> None:
    """A kill can fall anywhere; what was printed is there at the next boot, and at most one more."""
    image = lab.build(EXAMPLE["counter"])
    path = made(lab.directory / "disk", "littlefs", 1 << 20)
    starter = runtime(lab.target).starter
    options = [f"--block:storage={path}", "--"]
    start: list[str | Path] = [*starter, *options, image.path] if starter else [image.path, *options]
    told = 0
    for round in range(4):
        with subprocess.Popen([*start, "--n=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(10 + 37 * round):
                line = process.stdout.readline()
            process.kill()
            lines = [line, *process.stdout.read().splitlines(keepends=True)]
            process.wait(PATIENCE)
        # A last line that was cut off was not told.
        told = int([line for line in lines if line.endswith(b"\n")][-1])
        assert int(read(path, "counter")) in (told, told + 1)
    run = lab.boot(image, options=[f"--block:storage={path}"])
    assert int(run.console) in (told + 1, told + 2)


def test_a_partition_of_a_disk(lab: Lab) -> None:
    """FAT in the second partition of a GPT disk, which other programs would mount as it is."""
    script = "label: gpt\nstart=2048, size=2048\nstart=4096, size=8192, name=data\n"
    path = lab.directory / "disk"
    path.write_bytes(bytes(16_384 * 512))
    try:
        subprocess.run(
            ["sfdisk", "--no-reread", path], input=script, text=True, check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("needs sfdisk (package fdisk)")
    config = """
from pymirage.config import block, console, kv, unikernel
partition = block.partition(block.default(), "data")
app = unikernel("unikernel:main", console.default(), kv.prefix(kv.fat(partition), "inside"))
"""
    image = lab.build(
        {"config.py": config, "unikernel.py": (EXAMPLE["key-value"] / "unikernel.py").read_text()}
    )
    sub = made(lab.directory / "part", "fat", 8192 * 512)
    whole = bytearray(path.read_bytes())
    whole[4096 * 512 : (4096 + 8192) * 512] = sub.read_bytes()
    path.write_bytes(whole)
    run = lab.boot(image, options=[f"--block:storage={path}"])
    assert run.status == 0, run.console
    got = subprocess.run(
        [sys.executable, "-m", "pymirage", "disk", "get", "--partition", "data", path, "inside/notes/today"],
        capture_output=True,
        check=False,
    )
    assert got.stdout == b"Buy bread and milk.\n", got.stderr


def test_several_disks(lab: Lab) -> None:
    """One disk is read, changes go to another, a third is a bare one."""
    config = """
from pymirage.config import block, console, kv, unikernel
site = kv.overlay(kv.littlefs(block.default("changes")), kv.fat(block.read_only(block.default("site"))))
app = unikernel("unikernel:main", console.default(), site, block.default("scratch"))
"""
    source = """
from pymirage.device import Block, Console, KeyValue

async def main(console: Console, site: KeyValue, scratch: Block) -> None:
    await site.set("new", b"new")
    await site.remove("gone")
    await site.set_partial("kept", 0, b"K")
    await scratch.write(1, b"x" * scratch.info().sector_size)
    await scratch.flush()
    for entry in await site.list():
        console.write(f"{entry.name} {(await site.get(entry.name)).decode()}\\n".encode())
"""
    image = lab.build({"config.py": config, "unikernel.py": source})
    disks = {
        "site": made(lab.directory / "site", "fat", 1 << 20, {"gone": b"gone", "kept": b"kept"}),
        "changes": made(lab.directory / "changes", "littlefs", 1 << 20),
        "scratch": lab.directory / "scratch",
    }
    disks["scratch"].write_bytes(bytes(4096))
    run = lab.boot(image, options=[f"--block:{name}={path}" for name, path in disks.items()])
    assert (run.status, run.console) == (0, "kept Kept\nnew new\n")
    assert read(disks["site"], "kept") == b"kept"
    assert read(disks["changes"], "new") == b"new"
    assert disks["scratch"].read_bytes()[510:514] == b"\0\0xx"
