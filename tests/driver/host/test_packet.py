"""Interfaces of the host that cannot be attached. (Those that can: tests/interop/test_packet.py.)"""

from __future__ import annotations

import asyncio

import pytest

from pymirage.driver.host.interface import Interface
from pymirage.error import DeviceError


def test_an_absent_interface_is_told_with_those_that_are_there() -> None:
    with pytest.raises(DeviceError, match=r"no interface 'nowhere0': there are .*lo"):
        asyncio.run(Interface.connect("packet:nowhere0"))


def test_other_names_are_tap_interfaces() -> None:
    with pytest.raises(DeviceError, match=r"ip tuntap add dev nowhere0"):
        asyncio.run(Interface.connect("nowhere0"))
