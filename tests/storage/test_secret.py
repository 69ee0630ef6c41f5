"""Secrets: from a block device, from a store, shown by nobody, wiped."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from pymirage.device.error import Closed, NotFound
from pymirage.driver.memory.block import RamBlock
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.error import UsageError
from pymirage.storage import secret
from pymirage.storage.error import WrongFormat

OCTETS = b"correct horse battery staple\n"


def test_never_shown() -> None:
    held = secret.Held(bytearray(OCTETS))
    assert "horse" not in f"{held} {held!r} {[held]} {vars(type(held))}"
    try:
        with held.revealed() as octets:
            raise ValueError(octets)
    except ValueError as error:
        assert "horse" not in "".join(traceback.format_exception(error))


def test_revealed_and_wiped() -> None:
    octets = bytearray(OCTETS)
    held = secret.Held(octets)
    with held.revealed() as shown:
        assert shown == OCTETS and shown.readonly
    with pytest.raises(ValueError):
        bytes(shown)
    held.wipe()
    assert octets == bytes(len(OCTETS))
    held.wipe()
    with pytest.raises(Closed), held.revealed():
        pass


@pytest.mark.parametrize("size", (1, 500, 501, 4084, 4085, 10000))
@pytest.mark.parametrize("sector", (512, 4096))
def test_from_a_block_device(size: int, sector: int) -> None:
    octets = bytes(range(256)) * (size // 256) + b"\0" * (size % 256)
    disk = RamBlock.holding(bytes(secret.pack(octets)), sector_size=sector)
    with asyncio.run(secret.from_block(disk)).revealed() as shown:
        assert shown == octets


@pytest.mark.parametrize("content", (bytes(512), b"pmsecret" + bytes(504), b"pmsecret\xff" + bytes(503)))
def test_what_is_no_secret(content: bytes) -> None:
    with pytest.raises(WrongFormat, match="run --secret NAME=FILE"):
        asyncio.run(secret.from_block(RamBlock.holding(content)))


@pytest.mark.parametrize("size", (0, secret.LARGEST + 1))
def test_sizes_that_no_secret_has(size: int) -> None:
    with pytest.raises(UsageError, match=f"not {size}"):
        secret.pack(bytes(size))


def test_from_a_store() -> None:
    store = MemoryKeyValue({"key": OCTETS, "empty": b""})
    with asyncio.run(secret.from_store(store, "key")).revealed() as shown:
        assert shown == OCTETS
    with pytest.raises(NotFound, match="no secret 'other'"):
        asyncio.run(secret.from_store(store, "other"))
    with pytest.raises(UsageError, match="'empty' is empty"):
        asyncio.run(secret.from_store(store, "empty"))
