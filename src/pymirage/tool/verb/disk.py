"""`pymirage disk create|ls|get|put|check|secret`: images of disks, on the host."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from pymirage.tool.error import MISUSE, ToolError
from pymirage.tool.output import Line, Part, print_line, print_lines, table

if TYPE_CHECKING:
    from pymirage.device import Block, KeyValue

Result = TypeVar("Result")

KINDS = ("tar", "fat", "fat12", "fat16", "fat32", "littlefs")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SECTOR = 512


class Size(click.ParamType[int]):
    """Bytes, with a unit perhaps: `512K`, `16M`, `1G`."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d{1,15})([KMG]?)(?:i?B)?", str(value), re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is no size: write it like 512K, 16M or 1G", param, ctx)
        return int(found[1]) * _UNITS[found[2].upper()]


IMAGE = click.argument("image", type=click.Path(dir_okay=False, path_type=Path))
PARTITION = click.option(
    "--partition", metavar="NUMBER|NAME", help="Use this partition (GPT or MBR) of the image."
)
KEY = click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The image is encrypted (block.encrypted) with what is in this file.",
)


@click.group("disk")
def command() -> None:
    """Make disk images and exchange files with them: tar, FAT and littlefs.

    Attach an image with `pymirage run --block storage=FILE`.
    """


@command.command("create")
@IMAGE
@click.option("--size", type=Size(), metavar="SIZE", help="Such as 16M; of an image that exists: its own.")
@click.option(
    "-k", "--kind", type=click.Choice(KINDS), default="fat", show_default=True, help="The file system."
)
@click.option("--label", default="", help="The volume's name (FAT).")
@click.option("--block-size", type=Size(), help="The block size (littlefs; default 4096).")
@click.option("--force", is_flag=True, help="Write over an image that exists.")
@PARTITION
@KEY
@click.argument("content", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def create(
    image: Path,
    size: int | None,
    kind: str,
    label: str,
    block_size: int | None,
    force: bool,
    partition: str | None,
    key_file: Path | None,
    content: Path | None,
) -> None:
    """Make an image with an empty file system, or with the files of the directory CONTENT."""
    from pymirage.storage.disk import create as make

    if image.exists() and not force:
        raise ToolError(f"{image} exists: choose another name, or write over it with --force")
    if size is None and not image.exists():
        raise ToolError("a new image needs a size, such as --size 16M", MISUSE)
    made = not image.exists()
    if size is not None:
        if partition is not None:
            raise ToolError("a partition has its own size: leave out --size", MISUSE)
        if size < _SECTOR or size % _SECTOR:
            raise ToolError(f"a disk of {size} bytes is no whole number of sectors of {_SECTOR} bytes")
        with image.open("ab") as file:
            file.truncate(size)

    async def work(block: Block) -> None:
        await make(block, kind, label=label, block_size=block_size)
        if content is not None:
            store = await _store(block)
            for path in sorted(content.iterdir()):
                await _put(store, path, path.name)

    try:
        _on(image, work, partition, key_file, create=True)
    except BaseException:
        if made:
            image.unlink(missing_ok=True)
        raise


@command.command("ls")
@IMAGE
@click.argument("key", default="")
@click.option("-r", "--recursive", is_flag=True, help="Also what is in directories.")
@PARTITION
@KEY
def ls(image: Path, key: str, recursive: bool, partition: str | None, key_file: Path | None) -> None:
    """List a directory of the image, with sizes and dates."""
    from pymirage.device import Kind

    async def work(block: Block) -> None:
        store = await _store(block)
        rows: list[Line] = []
        waiting = [key]
        while waiting:
            directory = waiting.pop()
            inside = []
            for entry in await store.list(directory):
                path = f"{directory}/{entry.name}".lstrip("/")
                date = _date(await store.last_modified(path))
                if entry.kind is Kind.DIRECTORY:
                    rows.append(["-", date, Part(f"{path}/", "type")])
                    inside.append(path)
                else:
                    rows.append([str(await store.size(path)), date, Part(path, "name")])
            if recursive:
                waiting += reversed(inside)
        print_lines(table(rows, ""))

    _on(image, work, partition, key_file, read_only=True)


@command.command("get")
@IMAGE
@click.argument("key")
@click.argument("destination", required=False, type=click.Path(path_type=Path))
@PARTITION
@KEY
def get(
    image: Path, key: str, destination: Path | None, partition: str | None, key_file: Path | None
) -> None:
    """Copy a file, or a directory with all below it, out of the image; without DESTINATION to stdout."""
    from pymirage.device import Kind

    async def work(block: Block) -> None:
        store = await _store(block)
        if await store.exists(key) is Kind.DIRECTORY:
            if destination is None:
                raise ToolError(f"{key!r} is a directory: say where to copy it to")
            await _get(store, key, destination)
            return
        value = await store.get(key)
        if destination is None:
            sys.stdout.buffer.write(value)
        else:
            into = destination / key.rpartition("/")[2] if destination.is_dir() else destination
            into.write_bytes(value)

    _on(image, work, partition, key_file, read_only=True)


@command.command("put")
@IMAGE
@click.argument("source", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.argument("key", required=False)
@PARTITION
@KEY
def put(image: Path, source: Path, key: str | None, partition: str | None, key_file: Path | None) -> None:
    """Copy the file or directory SOURCE into the image, as KEY (default: its own name); - is stdin."""
    if str(source) == "-" and key is None:
        raise ToolError("say which KEY what comes from stdin is to have", MISUSE)

    async def work(block: Block) -> None:
        store = await _store(block)
        if str(source) == "-":
            await store.set(key or "", sys.stdin.buffer.read())
        else:
            await _put(store, source, key or source.resolve().name)

    _on(image, work, partition, key_file)


@command.command("secret")
@click.argument("secret", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@IMAGE
def secret(secret: Path, image: Path) -> None:
    """Pack a secret into an image, for starting without `run`, whose --secret does it in memory."""
    from pymirage.storage.secret import pack

    packed = pack(bytearray(secret.read_bytes()))
    image.touch(mode=0o600)
    image.chmod(0o600)
    image.write_bytes(packed)


@command.command("check")
@IMAGE
@PARTITION
@KEY
def check(image: Path, partition: str | None, key_file: Path | None) -> None:
    """Say what is wrong with the image's file system; changes nothing. Status 1 if anything is."""
    from pymirage.storage.disk import identify

    async def work(block: Block) -> list[str]:
        found, form = await identify(block)
        problems = await form.check(block)
        for problem in problems:
            print_line(Part("bad   ", "bad"), problem)
        if not problems:
            print_line(Part("good  ", "good"), found)
        return problems

    if _on(image, work, partition, key_file, read_only=True):
        raise SystemExit(1)


def _on(
    image: Path,
    work: Callable[[Block], Awaitable[Result]],
    partition: str | None = None,
    key_file: Path | None = None,
    *,
    read_only: bool = False,
    create: bool = False,
) -> Result:
    """Does the work on the image, or on what is in it, and sees that it is on the host's disk."""
    from pymirage.driver.host.block import FileBlock
    from pymirage.error import DeviceError, UsageError
    from pymirage.storage.partition import connect

    async def run() -> Result:
        disk = await FileBlock.connect(str(image), read_only=read_only)
        try:
            number = int(partition) if partition and partition.isdecimal() else partition
            part = disk if number is None else await connect(disk, number)
            done = await work(part if key_file is None else await _encrypted(part, key_file, create))
            if not read_only:
                await disk.flush()
            return done
        finally:
            await disk.close()

    try:
        return asyncio.run(run())
    except ToolError:
        raise
    except DeviceError as error:
        raise ToolError(f"{image}: {error.strerror or error}") from error
    except UsageError as error:
        raise ToolError(f"{image}: {error}") from error


async def _encrypted(block: Block, key_file: Path, create: bool) -> Block:
    """`create`: whatever was there is given up."""
    from pymirage.storage.encrypted import connect
    from pymirage.storage.encrypted.layout import HEADERS
    from pymirage.storage.secret import Held

    if create:
        await block.write(0, bytes(HEADERS * block.info().sector_size))
    return await connect(block, Held(bytearray(key_file.read_bytes())), create=create)


async def _store(block: Block) -> KeyValue:
    from pymirage.driver.host.clock import HostWallClock
    from pymirage.storage.disk import connect

    return await connect(block, HostWallClock())


async def _put(store: KeyValue, source: Path, key: str) -> None:
    for path in _files(source):
        inside = path.relative_to(source).as_posix()
        await store.set(key if inside == "." else f"{key}/{inside}", path.read_bytes())


def _files(path: Path) -> Iterator[Path]:
    """The file, or those below the directory; links and devices are passed over."""
    if path.is_symlink():
        return
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            yield from _files(inner)
    elif path.is_file():
        yield path


async def _get(store: KeyValue, key: str, destination: Path) -> None:
    from pymirage.device import Kind

    destination.mkdir(parents=True, exist_ok=True)
    for entry in await store.list(key):
        inside = f"{key}/{entry.name}".lstrip("/")
        if entry.kind is Kind.DIRECTORY:
            await _get(store, inside, destination / entry.name)
        else:
            (destination / entry.name).write_bytes(await store.get(inside))


def _date(nanoseconds: int) -> str:
    if nanoseconds == 0:
        return "-"
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
