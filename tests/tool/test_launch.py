"""Which interfaces may be named where."""

from __future__ import annotations

import pytest

from pymirage.tool import launch
from pymirage.tool.error import ToolError


@pytest.mark.parametrize("kinds", [launch.BY_TENDERS, launch.ON_HOST])
@pytest.mark.parametrize("text", ["tap0", "tap:tap0"])
def test_tap_interfaces_are_for_all(text: str, kinds: tuple[str, ...]) -> None:
    assert launch.interface_of(text, kinds) == "tap0"


def test_raw_packet_sockets_are_for_the_host() -> None:
    assert launch.interface_of("packet:eth0", launch.ON_HOST) == "packet:eth0"
    with pytest.raises(ToolError, match=r"'packet': expected tap:DEVICE$"):
        launch.interface_of("packet:eth0", launch.BY_TENDERS)


def test_unknown_kinds_are_told_what_there_is() -> None:
    with pytest.raises(ToolError, match="'raw': expected tap:DEVICE or packet:DEVICE"):
        launch.interface_of("raw:eth0", launch.ON_HOST)
