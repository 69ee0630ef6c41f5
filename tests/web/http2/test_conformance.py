"""What RFC 9113 says a server does with frames that are wrong, section by section.

A connection error may be told by GOAWAY or by closing; a stream error may be made one of the connection.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hpack import Encoder
from hyperframe.frame import (
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
)

from pymirage.web.http2 import Limits
from tests.web.http2.peer import GET, POST, Peer, run, window

PROTOCOL, FLOW, CLOSED, SIZE = 1, 3, 5, 6
COMPRESSION = (9, PROTOCOL)
"""h2 says PROTOCOL_ERROR for it, which is another word for the same end of the connection."""


def raw(kind: int, flags: int, number: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + number.to_bytes(4, "big") + payload


def setting(code: int, value: int) -> bytes:
    return struct.pack(">HI", code, value)


def encoded(*headers: tuple[str, str]) -> bytes:
    return Encoder().encode(list(headers))


def head(number: int, *headers: tuple[str, str], end: bool = True) -> bytes:
    """HEADERS of one frame, coded by a fresh encoder without the dynamic table."""
    return raw(1, 0x4 | (0x1 if end else 0), number, encoded(*(headers or GET)))


OPEN = head(1, *POST, end=False)
"""A request whose body is to come."""
DONE = head(1)
LONG = (("x-long", "y" * 400),)

# Section and what it forbids: octets after the preface, the error codes that answer them.
CASES: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "4.2 DATA larger than the maximum": (OPEN + raw(0, 0, 1, bytes(16385)), (SIZE,)),
    "4.2 HEADERS larger than the maximum": (raw(1, 5, 1, bytes(16385)), (SIZE,)),
    "4.3 a header block that cannot be decoded": (raw(1, 5, 1, b"\xff\xff\xff\xff\xff\xff"), COMPRESSION),
    "4.3 PRIORITY between the pieces of a block": (
        raw(1, 1, 1, b"\x82") + raw(2, 0, 1, bytes(5)), (PROTOCOL,)),
    "4.3 another stream's HEADERS between them": (raw(1, 1, 1, b"\x82") + raw(1, 5, 3, b"\x82"), (PROTOCOL,)),
    "5.1 idle: DATA": (raw(0, 1, 1, b"x"), (PROTOCOL,)),
    "5.1 idle: RST_STREAM": (raw(3, 0, 1, bytes(4)), (PROTOCOL,)),
    "5.1 idle: WINDOW_UPDATE": (raw(8, 0, 1, b"\0\0\0\x01"), (PROTOCOL,)),
    "5.1 idle: CONTINUATION": (raw(9, 4, 1, b"\x82"), (PROTOCOL,)),
    "5.1 half-closed: DATA": (DONE + raw(0, 1, 1, b"x"), (CLOSED,)),
    "5.1 half-closed: HEADERS": (DONE + head(1), (CLOSED,)),
    "5.1 half-closed: CONTINUATION": (DONE + raw(9, 4, 1, b"\x82"), (PROTOCOL, CLOSED)),
    "5.1 closed: DATA after a reset": (OPEN + raw(3, 0, 1, b"\0\0\0\x08") + raw(0, 1, 1, b"x"), (CLOSED,)),
    "5.1 closed: HEADERS after a reset": (OPEN + raw(3, 0, 1, b"\0\0\0\x08") + head(1), (CLOSED, PROTOCOL)),
    "5.1.1 an even number": (head(2), (PROTOCOL,)),
    "5.1.1 a number that is smaller": (head(5) + head(3), (PROTOCOL, CLOSED)),
    "5.4.1 GOAWAY and closing": (raw(6, 0, 1, bytes(8)), (PROTOCOL,)),
    "6.1 DATA on stream 0": (raw(0, 1, 0, b"x"), (PROTOCOL,)),
    "6.1 DATA with padding longer than the payload": (OPEN + raw(0, 9, 1, b"\x06xxxxx"), (PROTOCOL,)),
    "6.2 HEADERS on stream 0": (raw(1, 5, 0, b"\x82"), (PROTOCOL,)),
    "6.2 HEADERS with padding longer than the payload": (raw(1, 13, 1, b"\x06\x82"), (PROTOCOL,)),
    "6.2 HEADERS that end between, then DATA": (raw(1, 1, 1, b"\x82") + raw(0, 1, 1, b"x"), (PROTOCOL,)),
    "6.3 PRIORITY on stream 0": (raw(2, 0, 0, bytes(5)), (PROTOCOL,)),
    "6.3 PRIORITY of another length": (DONE + raw(2, 0, 1, bytes(4)), (SIZE,)),
    "5.3.1 a stream that depends on itself, HEADERS": (
        raw(1, 0x25, 1, b"\0\0\0\x01\xff" + encoded(*GET)), (PROTOCOL,)),
    "5.3.1 a stream that depends on itself, PRIORITY": (
        OPEN + raw(2, 0, 1, b"\0\0\0\x01\xff"), (PROTOCOL,)),
    "6.4 RST_STREAM on stream 0": (raw(3, 0, 0, bytes(4)), (PROTOCOL,)),
    "6.4 RST_STREAM of another length": (OPEN + raw(3, 0, 1, bytes(3)), (SIZE,)),
    "6.5 SETTINGS with ACK and a payload": (raw(4, 1, 0, bytes(6)), (SIZE, PROTOCOL)),
    "6.5 SETTINGS on a stream": (raw(4, 0, 1, setting(3, 1)), (PROTOCOL,)),
    "6.5 SETTINGS of another length": (raw(4, 0, 0, bytes(5)), (SIZE,)),
    "6.5.2 ENABLE_PUSH of 2": (raw(4, 0, 0, setting(2, 2)), (PROTOCOL,)),
    "6.5.2 INITIAL_WINDOW_SIZE above the maximum": (raw(4, 0, 0, setting(4, 1 << 31)), (FLOW,)),
    "6.5.2 MAX_FRAME_SIZE below the minimum": (raw(4, 0, 0, setting(5, 16383)), (PROTOCOL,)),
    "6.5.2 MAX_FRAME_SIZE above the maximum": (raw(4, 0, 0, setting(5, 1 << 24)), (PROTOCOL,)),
    "6.7 PING on a stream": (raw(6, 0, 1, bytes(8)), (PROTOCOL,)),
    "6.7 PING of another length": (raw(6, 0, 0, bytes(6)), (SIZE,)),
    "6.8 GOAWAY on a stream": (raw(7, 0, 1, bytes(8)), (PROTOCOL,)),
    "6.9 WINDOW_UPDATE by 0": (raw(8, 0, 0, bytes(4)), (PROTOCOL,)),
    "6.9 WINDOW_UPDATE by 0, a stream's": (OPEN + raw(8, 0, 1, bytes(4)), (PROTOCOL,)),
    "6.9 WINDOW_UPDATE of another length": (raw(8, 0, 0, bytes(3)), (SIZE,)),
    "6.9.1 a window beyond the maximum": (raw(8, 0, 0, b"\x7f\xff\xff\xff") * 2, (FLOW,)),
    "6.9.1 a stream's window beyond the maximum": (OPEN + raw(8, 0, 1, b"\x7f\xff\xff\xff") * 2, (FLOW,)),
    "6.9.2 a window beyond the maximum by a setting": (
        OPEN + raw(8, 0, 1, b"\x7f\xff\x00\x00") + raw(4, 0, 0, setting(4, (1 << 31) - 1)), (FLOW,)),
    "6.10 CONTINUATION after HEADERS with END_HEADERS": (OPEN + raw(9, 4, 1, b"\x82"), (PROTOCOL,)),
    "6.10 CONTINUATION on stream 0": (raw(1, 1, 1, b"\x82") + raw(9, 4, 0, b"\x82"), (PROTOCOL,)),
    "6.10 CONTINUATION after DATA": (OPEN + raw(0, 0, 1, b"x") + raw(9, 4, 1, b"\x82"), (PROTOCOL,)),
    "8.2 a name in upper case": (head(1, *GET, ("X-Test", "1")), (PROTOCOL,)),
    "8.2.2 connection": (head(1, *GET, ("connection", "keep-alive")), (PROTOCOL,)),
    "8.2.2 te other than trailers": (head(1, *GET, ("te", "gzip")), (PROTOCOL,)),
    "8.3 an unknown pseudo-field": (head(1, *GET, (":test", "1")), (PROTOCOL,)),
    "8.3 a response's pseudo-field": (head(1, *GET, (":status", "200")), (PROTOCOL,)),
    "8.3 a pseudo-field after a field": (head(1, ("x", "1"), *GET), (PROTOCOL,)),
    "8.3 a pseudo-field in trailers": (OPEN + head(1, (":method", "GET")), (PROTOCOL,)),
    "8.3.1 an empty path": (head(1, GET[0], (":path", ""), *GET[2:]), (PROTOCOL,)),
    "8.3.1 no method": (head(1, *GET[1:]), (PROTOCOL,)),
    "8.3.1 no scheme": (head(1, *GET[:2], GET[3]), (PROTOCOL,)),
    "8.3.1 no path": (head(1, GET[0], *GET[2:]), (PROTOCOL,)),
    "8.3.1 two methods": (head(1, GET[0], *GET), (PROTOCOL,)),
    "8.3.1 two paths": (head(1, GET[1], *GET), (PROTOCOL,)),
    "8.3.1 two schemes": (head(1, GET[2], *GET), (PROTOCOL,)),
    "8.1.1 content-length other than the body": (
        head(1, *POST, ("content-length", "1"), end=False) + raw(0, 1, 1, b"test"), (PROTOCOL,)),
    "8.1.1 content-length other than several pieces": (
        head(1, *POST, ("content-length", "1"), end=False) + raw(0, 0, 1, b"te") + raw(0, 1, 1, b"st"),
        (PROTOCOL,)),
    "8.1 trailers without an end": (OPEN + head(1, ("x-trailer", "1"), end=False), (PROTOCOL,)),
    "8.4 PUSH_PROMISE of a client": (OPEN + raw(5, 4, 1, b"\0\0\0\x02" + encoded(*GET)), (PROTOCOL,)),
    "RFC 7541 2.3.3 an index beyond the tables": (raw(1, 5, 1, b"\xc6"), COMPRESSION),
    "RFC 7541 4.2 a table size update at the end": (raw(1, 5, 1, encoded(*GET) + b"\x20"), COMPRESSION),
    "RFC 7541 5.2 padding of Huffman code longer than 7 bits": (
        raw(1, 5, 1, encoded(*GET) + b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"), COMPRESSION),
    "RFC 7541 6.1 index 0": (raw(1, 5, 1, b"\x80"), COMPRESSION),
    "RFC 7541 6.3 a table larger than the setting": (
        raw(1, 5, 1, b"\x3f\xe1\xff\x03" + encoded(*GET)), COMPRESSION),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "codes"), CASES.values(), ids=CASES.keys())
def test_what_is_forbidden(octets: bytes, codes: tuple[int, ...]) -> None:
    async def main() -> None:
        async with Peer() as peer:
            await peer.raw(octets)
            await peer.raw(PingFrame(0, opaque_data=b"finished").serialize())
            while frame := await peer.frame():
                if isinstance(frame, (GoAwayFrame, RstStreamFrame)) and frame.error_code:
                    assert frame.error_code in codes, frame
                    return
                answered = isinstance(frame, PingFrame) and frame.opaque_data == b"finished"
                assert not answered, "nothing happened"

    run(main)


ALLOWED: dict[str, Callable[[], bytes]] = {
    "4.1 a frame of an unknown type": lambda: raw(0xAA, 0xFF, 0, b"unknown"),
    "4.1 reserved bits": lambda: raw(6, 0xFE, 0x80000000, b"reserved"),
    "5.1 idle: PRIORITY": lambda: raw(2, 0, 3, b"\0\0\0\x01\x10"),
    "5.1 half-closed: WINDOW_UPDATE": lambda: DONE + raw(8, 0, 1, b"\0\0\0\x01"),
    "5.1 half-closed: PRIORITY": lambda: DONE + raw(2, 0, 1, b"\0\0\0\x00\x10"),
    "5.1 half-closed: RST_STREAM": lambda: DONE + raw(3, 0, 1, b"\0\0\0\x08"),
    "5.5 an unknown frame among others": lambda: OPEN + raw(0xAB, 0, 1, b"x") + raw(0, 1, 1, b"x"),
    "6.1 padding": lambda: OPEN + raw(0, 9, 1, b"\x04test\0\0\0\0"),
    "6.2 padding and priority": lambda: raw(1, 0x2D, 1, b"\x02\0\0\0\0\x10" + encoded(*GET) + b"\0\0"),
    "6.5.2 an unknown setting": lambda: raw(4, 0, 0, setting(0xFF, 1)),
    "6.5.3 several values of one setting": lambda: raw(4, 0, 0, setting(4, 100) + setting(4, 1)),
    "6.7 PING with ACK": lambda: raw(6, 1, 0, b"not ours"),
    "6.10 several CONTINUATIONs": lambda: (
        raw(1, 1, 1, encoded(*GET)[:2]) + raw(9, 0, 1, encoded(*GET)[2:3]) + raw(9, 4, 1, encoded(*GET)[3:])
    ),
    "8.1 trailers": lambda: OPEN + raw(0, 0, 1, b"x") + head(1, ("x-trailer", "1")),
    "8.1.1 content-length": lambda: (
        head(1, *POST, ("content-length", "4"), end=False) + raw(0, 1, 1, b"test")
    ),
    "RFC 7541 long values": lambda: head(1, *GET, *LONG),
    "RFC 7541 4.2 a table size update": lambda: raw(1, 5, 1, b"\x20\x3f\xe1\x1f" + encoded(*GET)),
}


@pytest.mark.parametrize("octets", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_allowed(octets: Callable[[], bytes]) -> None:
    async def main() -> None:
        async with Peer() as peer:
            await peer.raw(octets())
            await peer.alive()

    run(main)


def test_3_4_a_preface_that_is_none() -> None:
    async def main() -> None:
        async with Peer(greet=False) as peer:
            await peer.raw(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
            assert await peer.goodbye() == PROTOCOL

    run(main)


def test_6_5_3_settings_are_acknowledged() -> None:
    async def main() -> None:
        async with Peer() as peer:
            while True:
                frame = await peer.frame()
                if isinstance(frame, SettingsFrame) and "ACK" in frame.flags:
                    return

    run(main)


def test_6_9_2_a_window_that_becomes_negative() -> None:
    async def main() -> None:
        async with Peer() as peer:
            await peer.raw(raw(4, 0, 0, setting(4, 3)))
            await peer.send(peer.head(1))
            assert isinstance(await peer.until(HeadersFrame), HeadersFrame)
            frame = await peer.until(DataFrame)
            assert isinstance(frame, DataFrame) and frame.data == b"hel"
            await peer.raw(raw(4, 0, 0, setting(4, 2)))
            await peer.alive()
            await peer.send(window(1, 2))
            frame = await peer.until(DataFrame)
            assert isinstance(frame, DataFrame) and frame.data == b"l"

    run(main)


def test_5_1_2_more_streams_than_allowed() -> None:
    async def main() -> None:
        async with Peer(limits=Limits(streams=2)) as peer:
            await peer.raw(b"".join(head(number, *POST, end=False) for number in (1, 3, 5)))
            frame = await peer.frame()
            while not isinstance(frame, (GoAwayFrame, RstStreamFrame)):
                assert frame is not None
                frame = await peer.frame()

    run(main)
