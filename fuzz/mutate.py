"""Mutations of frames: what a broken or hostile sender makes of a good one."""

from __future__ import annotations

import random

from pymirage.octets import put_u16, sum16, u8, u16

INTERESTING = (0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 20, 31, 32, 40, 60, 63, 64, 127, 128, 254, 255)


def mutate(frame: bytes, chance: random.Random) -> bytes:
    """One to four small changes."""
    data = bytearray(frame)
    for _ in range(chance.randint(1, 4)):
        kind = chance.randrange(7)
        at = chance.randrange(len(data)) if data else 0
        if not data or kind == 0:
            data[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8)))
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[at] = chance.choice(INTERESTING)
        elif kind == 3:
            data[at : at + chance.choice((1, 2, 4, 8, 20))] = b""
        elif kind == 4:
            del data[at:]
        elif kind == 5 and at + 4 <= len(data):
            data[at : at + 4] = chance.choice(
                (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0")
            )
        else:
            other = chance.randrange(len(data))
            data[at : at + 4] = data[other : other + 4]
    return bytes(data)


def with_checksums(frame: bytes) -> bytes:
    """The frame with checksums made right where its headers can still be found, so that it gets further."""
    data = bytearray(frame)
    if len(data) < 34:
        return frame
    if u16(frame, 12) == 0x0800:
        return _v4(data)
    if u16(frame, 12) == 0x86DD and len(data) >= 54:
        return _transport(data, 54, u8(frame, 20), sum16(frame, 22, 54), min(len(data), 54 + u16(frame, 18)))
    return frame


def _v4(data: bytearray) -> bytes:
    payload = 14 + (data[14] & 0xF) * 4
    end = min(len(data), 14 + u16(bytes(data), 16))
    if payload < 34 or payload > end:
        return bytes(data)
    put_u16(data, 24, 0)
    put_u16(data, 24, ~sum16(bytes(data), 14, payload) & 0xFFFF)
    return _transport(data, payload, data[23], sum16(bytes(data), 26, 34), end)


def _transport(data: bytearray, at: int, protocol: int, addresses: int, end: int) -> bytes:
    place = {1: 2, 6: 16, 17: 6, 58: 2}.get(protocol)
    if place is None or at + place + 2 > end:
        return bytes(data)
    put_u16(data, at + place, 0)
    total = sum16(bytes(data), at, end)
    if protocol != 1:
        total += addresses + protocol + end - at
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    put_u16(data, at + place, ~total & 0xFFFF)
    return bytes(data)
