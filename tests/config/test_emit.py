"""The generated program: as a person would write it, and clean for a strict type checker."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pymirage.config.program.text import literal
from pymirage.config.target import TARGETS
from pymirage.tool.configured import Request, configure
from tests.config.made import project

CONFIG = """
    from colours import Colour

    clk = clock.monotonic()
    peers = key("peer", str, repeated=True, default=["a"])
    shop = unikernel(
        "unikernel:Shop",
        device("stock:Stock", clk, kv.generic("."), limit=2),
        clk,
        block.default("disk"),
        info.default(),
        port=key("port", int, default=80, help="Where to listen.", environment="PORT"),
        mode=key("log-mode", choice("a", "b"), default="a"),
        wait=key("wait", duration, default="5ns"),
        colour=key("colour", Colour, default=Colour.RED),
        gateway=key("gateway", address),
        peers=peers,
        size=configure_key("size", int, default=3),
        name=key("name", str, required=True),
    )
"""
UNIKERNEL = """
    from ipaddress import IPv4Address, IPv6Address
    from typing import Literal

    from colours import Colour
    from pymirage.boot import Facts
    from pymirage.device import Block, MonotonicClock
    from stock import Stock

    class Shop:
        def __init__(
            self,
            stock: Stock,
            clock: MonotonicClock,
            disk: Block,
            facts: Facts,
            *,
            port: int,
            mode: Literal["a", "b"],
            wait: int,
            colour: Colour,
            gateway: IPv4Address | IPv6Address | None,
            peers: tuple[str, ...],
            size: int,
            name: str,
        ) -> None: ...

        async def start(self) -> None: ...
"""
STOCK = """
    from pymirage.device import KeyValueReader, MonotonicClock

    class Stock:
        def __init__(self, clock: MonotonicClock, files: KeyValueReader, *, limit: float) -> None: ...
"""
COLOURS = """
    from enum import Enum

    class Colour(Enum):
        RED = 1
        BLUE = 2
"""
PROGRAM = '''\
"""shop on hvt, as `pymirage configure` made it from config.py."""

from typing import Literal

from pymirage.boot import Arguments, Facts, address, kind
from pymirage.boot.key import Key
from pymirage.boot.start import boot
from pymirage.driver.solo5.block import Solo5Block
from pymirage.driver.solo5.clock import Solo5MonotonicClock
from pymirage.driver.solo5.crunch import Crunch

from colours import Colour
from stock import Stock
import unikernel

FACTS = Facts(name="shop", version="0", target="hvt", pymirage="VERSION")

PORT = Key("port", kind.INTEGER, default=80, help="Where to listen.", environment="PORT")
LOG_MODE: Key[Literal["a", "b"]] = Key("log-mode", kind.choice("a", "b"), default="a")
WAIT = Key("wait", kind.DURATION, default=5)
COLOUR = Key("colour", kind.enumeration({"red": Colour.RED, "blue": Colour.BLUE}), default=Colour.RED)
GATEWAY = Key.optional("gateway", address.ADDRESS)
PEER = Key.repeated("peer", kind.STRING, default=("a",))
NAME = Key.required("name", kind.STRING)
KEYS = (PORT, LOG_MODE, WAIT, COLOUR, GATEWAY, PEER, NAME)


async def start(arguments: Arguments) -> None:
    monotonic_clock = Solo5MonotonicClock()
    files = Crunch(".")
    stock = Stock(monotonic_clock, files, limit=2)
    block_disk = await Solo5Block.connect("disk")
    application = unikernel.Shop(
        stock,
        monotonic_clock,
        block_disk,
        FACTS,
        port=arguments[PORT],
        mode=arguments[LOG_MODE],
        wait=arguments[WAIT],
        colour=arguments[COLOUR],
        gateway=arguments[GATEWAY],
        peers=arguments[PEER],
        size=3,
        name=arguments[NAME],
    )
    await application.start()


if __name__ == "__main__":
    boot(FACTS, KEYS, start)
'''


def test_the_program(tmp_path: Path) -> None:
    made = project(tmp_path, CONFIG, UNIKERNEL, stock=STOCK, colours=COLOURS)
    configure(made, Request(TARGETS["hvt"]))
    facts = configure(made, Request(TARGETS["unix"])).facts
    build = tmp_path / "_build"
    assert (build / "hvt/main.py").read_text() == PROGRAM.replace("VERSION", facts.pymirage)
    assert 'await FileBlock.connect(arguments.attached("disk"))' in (build / "unix/main.py").read_text()
    for program in ("hvt/main.py", "unix/main.py", "unix/image.py"):
        check_types(build / program, tmp_path)


def check_types(program: Path, directory: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=directory,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(directory), *source_roots()])},
    )
    assert checked.returncode == 0, checked.stdout


def source_roots() -> list[str]:
    """Where mypy finds this package when it is run from a checkout."""
    root = Path(__file__).parents[2] / "src"
    return [str(root)] if root.is_dir() else []


def test_configuring_again_changes_nothing(tmp_path: Path) -> None:
    made = project(tmp_path, "noop = unikernel('unikernel:main')", "async def main() -> None: ...")
    configure(made, Request(TARGETS["hvt"]))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "_build").rglob("*")}
    configure(made, Request(TARGETS["hvt"]))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "_build").rglob("*")} == before
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()} == {
        "_build",
        "config.py",
        "unikernel.py",
    }


@given(st.text())
def test_any_text_is_a_literal(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    assert ast.literal_eval(literal((text,))) == (text,)
