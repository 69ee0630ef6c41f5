"""TAP interfaces that cannot be attached. (Those that can: tests/boot_images/test_contract.py.)"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pymirage.driver.host.net import TapNet
from pymirage.error import DeviceError


def test_an_absent_interface_is_named_with_the_command_that_makes_it() -> None:
    with pytest.raises(DeviceError, match=r"'nowhere0': make it with `sudo ip tuntap add dev nowhere0"):
        asyncio.run(TapNet.connect("nowhere0"))


@pytest.mark.parametrize("name", ["", "x" * 16, "ü" * 8])
def test_no_name_of_an_interface(name: str) -> None:
    with pytest.raises(DeviceError, match="no name of an interface"):
        asyncio.run(TapNet.connect(name))


@pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="there is no /dev/net/tun")
def test_an_interface_of_another_kind() -> None:
    with pytest.raises(DeviceError, match="'lo'"):
        asyncio.run(TapNet.connect("lo"))
