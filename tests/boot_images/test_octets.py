"""`pymirage.octets` compiled computes what it does interpreted (tests/property/test_octets.py)."""

from tests.boot_images.harness import Lab

APP = """
import random

from pymirage import octets


def same(one: object, other: object, what: str) -> None:
    if one != other:
        raise SystemExit(f"{what}: {one!r} is not {other!r}")


def check(data: bytes, at: int, end: int) -> None:
    number = int.from_bytes
    for size, big, little in (
        (2, octets.u16, octets.u16_le), (4, octets.u32, octets.u32_le), (8, octets.u64, octets.u64_le)
    ):
        field = data[at : at + size]
        same(big(data, at), number(field, "big"), f"{size} octets")
        same(little(data, at), number(field, "little"), f"{size} octets, little-endian")
    same(octets.b32(octets.u32(data, at)), data[at : at + 4], "b32")
    same(octets.b64(octets.u64(data, at)), data[at : at + 8], "b64")
    buffer = bytearray(4)
    octets.put_u32(buffer, 0, octets.u32(data, at))
    same(bytes(buffer), data[at : at + 4], "put_u32")
    by_words = octets.sum16_by_words(data, at, end)
    same(by_words, octets.sum16_by_remainder(data, at, end), "sum16")
    same(octets.sum16(data, at, end), by_words, "sum16")


async def main() -> None:
    same(octets.COMPILED, True, "COMPILED")
    generator = random.Random(1)
    for _ in range(2000):
        data = generator.randbytes(generator.randrange(8, 200))
        at = generator.randrange(len(data) - 7)
        check(data, at, generator.randrange(at, len(data) + 1))
    for data in (bytes(100), b"\\xff" * 100):
        check(data, 3, 100)
    example = bytes.fromhex("0001f203f4f5f6f7")
    same(octets.checksum(example, 0, 8), 0x220D, "RFC 1071")
    same(octets.update_checksum(0xDD2F, 0x5555, 0x3285), 0, "RFC 1624")
    try:
        octets.u32(b"abc", 0)
    except IndexError:
        print("SUCCESS")
"""


def test_compiled_octets(lab: Lab) -> None:
    run = lab.boot(lab.build({"unikernel.py": APP}))
    assert run.console == "SUCCESS\n"
    assert run.status == 0
