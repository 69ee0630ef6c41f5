"""Clients of a web application in an image: every corner of HTTP, frameworks' ways, and people who misbehave.

`python -m tests.boot_images.web_side STORY COMMAND …`, inside of a network namespace of its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import struct
import time
from contextlib import suppress

from tests.boot_images.linux_side import Guest, main, story
from tests.interop.laboratory import OURS4, TAP
from tests.web.asgi.client import Peer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BODY = b"hello you (started)"
LINKTYPE_IP = 0x0800


@story
async def asgi(guest: Guest) -> None:
    """Starlette's routing, streams both ways, and WebSockets, with and without compression."""
    await guest.line("serving")
    peer = await connected()
    assert await peer.request("GET", "/?name=me") == (200, b"hello me (started)")
    assert await peer.request("POST", "/upload", bytes(900_000)) == (200, b'{"size":900000}')
    status, body = await peer.request("GET", "/download/100")
    assert status == 200 and body == b"".join(b"%06d" % number * 1000 for number in range(100))
    assert (await peer.request("GET", "/nowhere"))[0] == 404
    for deflate in (False, True):
        peer = await connected()
        accepted = await peer.open_websocket("/echo", deflate=deflate, subprotocols=["echo"])
        assert not isinstance(accepted, int)
        assert (accepted.subprotocol, bool(accepted.extensions)) == ("echo", deflate)
        for message in ("hello", "ä" * 10_000, b"\0\1" * 50_000):
            assert await peer.echoed(message) == message
        await peer.ping()
        assert await peer.say("close") == (4000, "as you like")


async def connected() -> Peer:
    """A connection, as soon as the port is open."""
    while True:
        try:
            return await Peer.connect(OURS4, 80)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)


async def said(data: bytes, until: bytes = b"") -> bytes:
    """What is answered to some octets: all of it, or as far as `until`."""
    reader, writer = await asyncio.open_connection(OURS4, 80)
    writer.write(data)
    answer = await (reader.readuntil(until) if until else heard(reader))
    writer.close()
    return answer


async def heard(reader: asyncio.StreamReader) -> bytes:
    """To the end, or to the reset that follows where a client was slow to hear of the end."""
    answer = b""
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            answer += piece
    return answer


@story
async def corners(guest: Guest) -> None:
    await guest.line("serving")
    (await connected()).close()
    await one_segment()
    assert (await said(b"GET / HTTP/1.0\r\n\r\n")).endswith(b"connection: close\r\n\r\n" + BODY)
    kept = await said(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", BODY)
    assert b"connection: keep-alive\r\n" in kept
    head = await said(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"content-length: 19\r\n" in head and head.endswith(b"\r\n\r\n")
    pipelined = await said(GET * 50 + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert pipelined.count(BODY) == 51
    assert (await said(b"GET / HTTP/1.1\nHost: a\n\n")).startswith(b"HTTP/1.1 400 ")
    assert (await said(b"GET / HTTP/2.0\r\n\r\n")).startswith(b"HTTP/1.1 505 ")
    both = (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + GET
    )
    assert (await said(both)).count(b"HTTP/1.1") == 1
    if shutil.which("curl") is not None:
        await curl_uploads()


async def curl_uploads() -> None:
    """Chunked, and with Expect: 100-continue."""
    for arguments in (
        ["-H", "Transfer-Encoding: chunked"],
        ["-H", "Expect: 100-continue"],
        ["--http1.0"],
    ):
        command = [
            "curl",
            "-sS",
            "--max-time",
            "200",
            *arguments,
            "--data-binary",
            "@-",
            f"http://{OURS4}/upload",
        ]
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        answer, _ = await process.communicate(bytes(700_000))
        assert answer == b'{"size":700000}', (arguments, answer)


async def one_segment() -> None:
    """A small response leaves as one segment, always: Nagle would hold back a second one."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(LINKTYPE_IP)) as capture:
        capture.bind((TAP, LINKTYPE_IP))
        capture.setblocking(False)
        reader, writer = await asyncio.open_connection(OURS4, 80)
        for _ in range(20):
            writer.write(GET)
            await reader.readuntil(BODY)
        writer.close()
        # What is sent again, as nobody had time to acknowledge it, has the same number.
        segments: set[int] = set()
        while True:
            try:
                frame = capture.recv(65536)
            except BlockingIOError:
                break
            if carries_data(frame):
                segments.add(int.from_bytes(frame[38:42], "big"))
    assert len(segments) == 20, f"20 responses in {len(segments)} segments"


def carries_data(frame: bytes) -> bool:
    """A TCP segment with payload from port 80."""
    if frame[23] != 6 or struct.unpack_from("!H", frame, 34)[0] != 80:
        return False
    return int.from_bytes(frame[16:18], "big") > 20 + (frame[46] >> 4) * 4


@story
async def misbehaving(guest: Guest) -> None:
    """Clients that stall, leave, send garbage and octet after octet; others are served meanwhile."""
    await guest.line("serving")
    good = await connected()
    slow = [asyncio.create_task(slowly(number)) for number in range(20)]
    greedy = [asyncio.create_task(takes_nothing()) for _ in range(5)]
    chance = random.Random(1)
    for number in range(60):
        _, writer = await asyncio.open_connection(OURS4, 80)
        writer.write(
            (GET, b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab", b"")[number % 3]
        )
        writer.write(chance.randbytes(200) if number % 2 else b"")
        if number % 4:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        assert await good.request("GET", "/") == (200, BODY)
    for task in slow:
        assert (await task).startswith(b"HTTP/1.1 408 "), "a slow client got something else"
    for each in greedy:
        await each
    assert await good.request("GET", "/") == (200, BODY)


async def slowly(number: int) -> bytes:
    """One octet now and then, of a head or of a body."""
    reader, writer = await asyncio.open_connection(OURS4, 80)
    answer = asyncio.create_task(heard(reader))
    head = b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head if number % 2 else b"")
    while not answer.done():
        writer.write(b"G")
        await asyncio.wait((answer,), timeout=0.3)
    writer.close()
    return answer.result()


async def takes_nothing() -> None:
    """Asks for much and reads none of it, until it is cut off."""
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.setblocking(False)
    loop = asyncio.get_running_loop()
    with stream:
        await loop.sock_connect(stream, (OURS4, 80))
        await loop.sock_sendall(stream, b"GET /download/100000 HTTP/1.1\r\nHost: a\r\n\r\n")
        while True:
            try:
                # A reset shows when we write.
                await loop.sock_sendall(stream, b"\r\n")
            except OSError:
                return
            await asyncio.sleep(0.2)


@story
async def load(guest: Guest) -> None:
    """Requests of many kinds for a while: no error, and memory stays flat. WEB_SECONDS says how long."""
    await guest.line("serving")
    (await connected()).close()
    seconds = float(os.environ.get("WEB_SECONDS", "3"))
    await customers(seconds / 4)
    # Once more may be wanted at a time than ever before; what is not given back grows each time.
    for _ in range(3):
        before = memory_of(guest)
        requests = await customers(seconds)
        grown = memory_of(guest) - before
        print(f"{requests} requests, {grown} octets more")
        if grown < 2 << 20:
            break
    assert requests > 100 and grown < 2 << 20, f"{grown} octets more after {requests} requests"


async def customers(seconds: float) -> int:
    """How often they asked."""
    until = time.monotonic() + seconds
    return sum(await asyncio.gather(*[customer(number, until) for number in range(16)]))


async def customer(number: int, until: float) -> int:
    """Comes back until it is late."""
    chance = random.Random(number)
    count = 0
    while time.monotonic() < until:
        peer = await connected()
        for _ in range(chance.randint(1, 50)):
            size = chance.randrange(50_000)
            answer = await peer.request("POST", "/upload", bytes(size))
            assert answer == (200, b'{"size":%d}' % size)
            assert await peer.request("GET", "/") == (200, BODY)
            count += 2
        peer.close()
    return count


def memory_of(guest: Guest) -> int:
    """Resident octets of the tender, which are the image's."""
    with open(f"/proc/{guest.process.pid}/statm") as statm:  # noqa: PTH123
        return int(statm.read().split()[1]) * 4096


if __name__ == "__main__":
    main()
