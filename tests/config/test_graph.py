"""From values to devices: sharing, order, choices, and the types that are understood."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.config.made import configured, project


def test_equal_values_are_one_device_connected_in_order(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        """
        shelf = device("stock:Shelf", clock.monotonic(), size=3)
        again = device("stock:Shelf", clock.monotonic(), size=3)
        stand = device("stock:Stand", shelf, console.default())
        shop = unikernel("unikernel:main", stand, again, clock.monotonic())
        """,
        """
        from stock import Shelf, Stand
        from pymirage.device import MonotonicClock

        async def main(stand: Stand, shelf: Shelf, clock: MonotonicClock) -> None: ...
        """,
        stock="""
        from pymirage.device import Console, MonotonicClock

        class Shelf:
            @classmethod
            async def connect(cls, clock: MonotonicClock, *, size: int) -> "Shelf": ...

        class Stand:
            def __init__(self, shelf: Shelf, console: Console) -> None: ...
        """,
    )
    texts = [device.value.text for device in configured(made).graph.devices]
    assert texts == [
        "clock.monotonic()",
        'device("stock:Shelf")',
        "console.default()",
        'device("stock:Stand")',
    ]


def test_choices_follow_target_and_keys(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        """
        real = configure_key("real", bool, default=False)
        size = configure_key("size", int, default=1)
        web = unikernel(
            "unikernel:main",
            if_(real, clock.wall(), None),
            match_(target, {"unix": 1, "hvt": 2}, default=3),
            if_(size.is_(7), "seven", "other"),
            size,
        )
        """,
        """
        from pymirage.device import WallClock

        async def main(clock: WallClock | None, n: int, text: str, size: int) -> None: ...
        """,
    )

    def values(target: str, *options: str) -> list[object]:
        return [
            getattr(value, "text", value) for _, value in configured(made, target, *options).graph.arguments
        ]

    assert values("unix") == [None, 1, "other", 1]
    assert values("hvt", "--real") == ["clock.wall()", 2, "other", 1]
    assert values("spt", "--size=7") == [None, 3, "seven", 7]


def test_generic_files_are_read_on_the_host_and_embedded_in_images(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', kv.generic('.'))",
        """
        from pymirage.device import KeyValueReader

        async def main(files: KeyValueReader) -> None: ...
        """,
    )
    assert configured(made).graph.devices[0].value.text == 'kv.directory(".")'
    assert configured(made).image_graph().devices[0].value.text == 'kv.crunch(".")'
    assert configured(made, "hvt").graph.files == ((".", "."),)


ANNOTATIONS = [
    ("from pymirage.device import WallClock", "WallClock"),
    ("from pymirage.device import WallClock", "'WallClock'"),
    ("from pymirage.device import WallClock as Clock", "Clock"),
    ("from pymirage.device.clock import WallClock", "WallClock"),
    ("from pymirage import device", "device.WallClock"),
    ("import pymirage.device", "pymirage.device.WallClock"),
    ("import pymirage.device as d", "d.WallClock"),
    ("from typing import Optional\nfrom pymirage.device import WallClock", "Optional[WallClock]"),
    ("import typing as t\nimport pymirage.device as d", "t.Union[int, d.WallClock]"),
    ("from typing import Annotated\nfrom pymirage.device import WallClock", "Annotated[WallClock, 'x']"),
    (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pymirage.device import WallClock",
        "'WallClock'",
    ),
    ("from pymirage.device import WallClock\nClock = WallClock | None", "Clock"),
    ("from types_of_mine import Clock", "Clock"),
    ("from types_of_mine import *\nfrom types_of_mine import Clock", "Clock | None"),
    ("", "object"),
    ("from typing import Any", "Any"),
]


@pytest.mark.parametrize(("imports", "annotation"), ANNOTATIONS)
def test_annotations(tmp_path: Path, imports: str, annotation: str) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', clock.wall())",
        f"{imports}\n\nasync def main(clock: {annotation}) -> None: ...\n",
        types_of_mine="from pymirage.device import WallClock\nClock = WallClock\n",
    )
    assert configured(made).graph.devices[0].value.text == "clock.wall()"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement is new in Python 3.12")
def test_type_statement(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', clock.wall())",
        """
        from pymirage.device import WallClock

        type Clock = WallClock

        async def main(clock: Clock) -> None: ...
        """,
    )
    assert configured(made).graph.devices


def test_a_subtype_fits(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', device('store:Store'))",
        "from pymirage.device import KeyValueReader\nasync def main(files: KeyValueReader) -> None: ...",
        store="from pymirage import device\nclass Base(device.KeyValue): ...\nclass Store(Base): ...",
    )
    assert configured(made).graph.devices[0].type == "store.Store"


KINDS = [
    ("int, default=1", "int"),
    ("int, default=1", "float"),
    ("bool", "bool"),
    ("float, default=1", "float"),
    ("str", "str | None"),
    ("duration, default=1", "int"),
    ("duration, default='1.5s'", "int"),
    ("choice('a', 'b'), default='a'", "str"),
    ("choice('a', 'b'), default='a'", "Literal['a', 'b']"),
    ("choice('a', 'b')", "Literal['b', 'a'] | None"),
    ("int, repeated=True", "tuple[int, ...]"),
    ("address, repeated=True", "Sequence[IPv6Address | IPv4Address]"),
    ("address, required=True", "IPv4Address | IPv6Address"),
    ("IPv4Address, required=True", "IPv4Address"),
    ("IPv4Address, default='192.0.2.1'", "IPv4Address"),
    ("prefix, required=True", "ipaddress.IPv4Network | ipaddress.IPv6Network"),
    ("Colour, default=Colour.RED", "Colour"),
]


@pytest.mark.parametrize(("kind", "annotation"), KINDS)
def test_kinds_of_keys_and_annotations(tmp_path: Path, kind: str, annotation: str) -> None:
    made = project(
        tmp_path,
        f"""
        from ipaddress import IPv4Address
        from colours import Colour
        web = unikernel("unikernel:main", value=key("value", {kind}))
        """,
        f"""
        import ipaddress
        from collections.abc import Sequence
        from ipaddress import IPv4Address, IPv6Address
        from typing import Literal
        from colours import Colour

        async def main(*, value: {annotation}) -> None: ...
        """,
        colours="import enum\nclass Colour(enum.Enum):\n    RED = 1\n    BLUE = 2\n",
    )
    assert [key.name for key in configured(made).graph.keys] == ["value"]


def test_evaluating_leaves_nothing_behind(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "import mine\nweb = unikernel('unikernel:main')",
        "async def main() -> None: ...",
        mine="",
    )
    before = set(sys.modules), list(sys.path)
    configured(made)
    assert (set(sys.modules) & {"mine", "config"}, sys.path) == (set(), before[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.py", "mine.py", "unikernel.py"]


def test_several_unikernels(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "one = unikernel('unikernel:one')\ntwo = unikernel('unikernel:two')",
        "async def one() -> None: ...\nasync def two() -> None: ...",
    )
    assert configured(made, unikernel="two").graph.signature.name == "unikernel.two"
