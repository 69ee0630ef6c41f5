"""Interfaces by raw packet sockets, on veth pairs in a namespace."""

from __future__ import annotations

from tests.interop.test_linux import MEBIBYTE, tell


def test_contract() -> None:
    tell("contract", stories="packet")


def test_streams_with_linux() -> None:
    tell("streams", stories="packet", size=4 * MEBIBYTE)
