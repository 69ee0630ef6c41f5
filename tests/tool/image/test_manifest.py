"""The MFT1 note, octet by octet as Solo5 publishes it."""

import struct

import pytest

from pymirage.tool.image.error import ImageError
from pymirage.tool.image.manifest import note
from pymirage.tool.image.plan import Device


def test_empty_manifest_has_the_reserved_entry() -> None:
    octets = note([])
    assert octets[:20] == struct.pack("<III8s", 6, 4 + 8 + 104, 0x3154464D, b"Solo5")
    assert octets[20:32] == bytes(4) + struct.pack("<II", 1, 1)
    assert octets[32:] == bytes(68) + struct.pack("<I", 1 << 30) + bytes(32)


def test_devices() -> None:
    octets = note([Device("service", "NET_BASIC"), Device("storage", "BLOCK_BASIC")])
    assert struct.unpack_from("<II", octets, 24) == (1, 3)
    entries = [octets[32 + 104 * at : 32 + 104 * (at + 1)] for at in range(3)]
    assert [entry[:68].rstrip(b"\0") for entry in entries] == [b"", b"service", b"storage"]
    assert [struct.unpack_from("<I", entry, 68)[0] for entry in entries] == [1 << 30, 2, 1]
    assert len(octets) == 32 + 3 * 104


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ([Device("a", "NET_BASIC")] * 2, "'a' is named twice"),
        ([Device("a-b", "NET_BASIC")], "letters and digits"),
        ([Device("a" * 68, "NET_BASIC")], "letters and digits"),
        ([Device("a", "GPU")], "cannot attach a GPU"),
        ([Device(f"n{at}", "NET_BASIC") for at in range(64)], "64 devices are too many"),
    ],
)
def test_refused(devices: list[Device], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        note(devices)
