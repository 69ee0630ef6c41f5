"""Linux's end of a wire to an image: `python -m tests.boot_images.linux_side STORY COMMAND …`.

Runs inside of a network namespace of its own; COMMAND starts the image on the interface `TAP`. Everything
here is Linux's own sockets and tools: the other end is what is tested.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
import random
import shutil
import socket
import ssl
import struct
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Any

from pymirage.driver.host.packet import PacketNet
from pymirage.driver.middleware.vlan import Trunk, VlanNet
from pymirage.net.dhcp.server import Server, Settings
from pymirage.sched.network import Network
from pymirage.sched.resolving import Resolving
from pymirage.sched.stack import NetStack
from tests.interop.laboratory import (
    LINUX4,
    OURS4,
    OURS6,
    TAP,
    make_tap,
    patient_neighbours,
    run,
    wait_for_carrier,
)

ADDRESSES = (OURS4, OURS6)
# A machine that is emulated takes its time.
SLOWNESS = 3 if "pymirage.tool.qemu" in sys.argv else 1
# A soak says how long it takes.
PATIENCE = (250 + 4 * float(os.environ.get("WEB_SECONDS", "0"))) * SLOWNESS
MEBIBYTE = 1 << 20
STORIES: dict[str, Callable[[Guest], Awaitable[None]]] = {}


class Guest:
    """The image, while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.console = ""

    async def line(self, text: str) -> str:
        """The next line of its console that holds `text`."""
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode(errors="replace"):
            self.console += line
            if text in line:
                return line
        raise AssertionError(f"the image ended before it said {text!r}:\n{self.console}")


OPEN: list[socket.socket] = []


@contextmanager
def listening(port: int) -> Iterator[None]:
    """It is open before there is an image, which asks at once."""
    with socket.create_server((LINUX4, port)) as made:
        OPEN.append(made)
        yield


def story(function: Callable[[Guest], Awaitable[None]]) -> Callable[[Guest], Awaitable[None]]:
    STORIES[function.__name__] = function
    return function


@asynccontextmanager
async def running(command: list[str]) -> AsyncIterator[Guest]:
    """The image, ended and its console shown when the story is over."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    guest = Guest(process)
    try:
        yield guest
    finally:
        if process.returncode is None:
            process.terminate()
        assert process.stdout is not None
        guest.console += (await process.stdout.read()).decode(errors="replace")
        await process.wait()
        print(guest.console)


# -- examples --


class Client(asyncio.DatagramProtocol):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        self.received.put_nowait(data)


@story
async def udp_echo(guest: Guest) -> None:
    """Each datagram is sent once, and answered."""
    await guest.line("answering on")
    await wait_for_carrier()
    loop = asyncio.get_running_loop()
    for address in ADDRESSES:
        transport, client = await loop.create_datagram_endpoint(Client, remote_addr=(address, 7))
        for size in (1, 1000, 1472, 9000, 60_000):
            data = random.Random(size).randbytes(size)
            transport.sendto(data)
            assert await client.received.get() == data, f"a datagram of {size} octets"
            assert f"{size} bytes from" in await guest.line("bytes from")
        transport.close()


@story
async def tcp_services(guest: Guest) -> None:
    await guest.line("serving on")
    for address in ADDRESSES:
        reader, writer = await asyncio.open_connection(address, 7)
        writer.write(b"hello")
        writer.write_eof()
        assert await reader.read() == b"hello"
        writer.close()
        reader, writer = await asyncio.open_connection(address, 9)
        writer.write(bytes(MEBIBYTE))
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection(address, 19)
        for start in range(200):
            line = await reader.readline()
            assert line[0] == 32 + start % 95 and len(line) == 74
        writer.transport.abort()


SECRETS = Path(__file__).parents[2] / "examples/29-tls-echo/secrets"


def tls_context(name: str, *, server: bool = False) -> ssl.SSLContext:
    """With the example's authority and, unless the name is empty, a certificate of it."""
    purpose = ssl.Purpose.CLIENT_AUTH if server else ssl.Purpose.SERVER_AUTH
    context = ssl.create_default_context(purpose, cafile=SECRETS / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    if name:
        context.load_cert_chain(SECRETS / f"{name}.pem", SECRETS / f"{name}.key")
    return context


@story
async def tls_server(guest: Guest) -> None:
    """The image is the server; OpenSSL's programs and Python's ssl are the clients."""
    await guest.line("serving on")
    for version in ("-tls1_3", "-tls1_2"):
        files = ["-CAfile", "ca.pem", "-cert", "client.pem", "-key", "client.key", "-verify_return_error"]
        command = [
            "openssl",
            "s_client",
            "-connect",
            f"{OURS4}:4433",
            "-quiet",
            "-no_ign_eof",
            version,
            *files,
        ]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=SECRETS, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"over TLS\n")
        assert await process.stdout.readline() == b"over TLS\n"
        process.stdin.close()
        await process.wait()
    # A client without a certificate, one that speaks no TLS, and one that breaks off.
    for sent, context in (
        (b"x", tls_context("")),
        (b"GET / HTTP/1.1\r\n\r\n", None),
        (b"\x16\x03\x01", None),
    ):
        try:
            reader, writer = await asyncio.open_connection(OURS4, 4433, ssl=context)
            writer.write(sent)
            if context is None:
                writer.write_eof()
            refused = await reader.read()
            writer.close()
            assert context is None and not refused.startswith(sent)
        except ssl.SSLError:
            assert context is not None
        except ConnectionError:
            pass  # who is refused may be reset, too: what it sent is not read
    # A megabyte each way at the same time.
    reader, writer = await asyncio.open_connection(OURS4, 4433, ssl=tls_context("client"))
    sent = random.randbytes(MEBIBYTE)
    writing = asyncio.create_task(write_all(writer, sent))
    assert await reader.readexactly(MEBIBYTE) == sent
    await writing
    writer.close()


async def write_all(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


@story
async def asyncio_tls(guest: Guest) -> None:
    """The image's create_server(ssl=…), StreamWriter.start_tls and open_connection(ssl=…)."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, sock=OPEN.pop(), ssl=tls_context("server", server=True))
    await guest.line("serving")
    reader, writer = await asyncio.open_connection(OURS4, 4433, ssl=tls_context("client"))
    await write_all(writer, b"over TLS\n")
    assert await reader.readline() == b"over TLS\n"
    writer.close()
    reader, writer = await asyncio.open_connection(OURS4, 2525)
    await write_all(writer, b"STARTTLS\n")
    assert await reader.readline() == b"go ahead\n"
    await writer.start_tls(tls_context("client"), server_hostname=OURS4)
    await write_all(writer, b"and now over TLS\n")
    assert await reader.readline() == b"and now over TLS\n"
    writer.close()
    assert "hello from the image" in await guest.line("as a client")
    server.close()


@story
async def ends(guest: Guest) -> None:
    """By itself and well: what it says is printed."""
    assert guest.process.stdout is not None
    print((await guest.process.stdout.read()).decode(errors="replace"))
    assert await guest.process.wait() == 0


@story
async def refuses_to_boot(guest: Guest) -> None:
    """It ends by itself, with a line that says why and a status that is not 0."""
    assert guest.process.stdout is not None
    print((await guest.process.stdout.read()).decode(errors="replace"))
    assert await guest.process.wait() != 0


@story
async def tls_client(guest: Guest) -> None:
    """The image is the client; it gets its echo, and sees an end that is one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert writer.get_extra_info("peercert")["subject"] == ((("commonName", "client.test"),),)
        writer.write(await reader.readexactly(14))
        writer.close()

    server = await asyncio.start_server(serve, sock=OPEN.pop(), ssl=tls_context("server", server=True))
    assert "says hello over TLS" in await guest.line("says")
    server.close()


@story
async def https(guest: Guest) -> None:
    """curl by HTTP/2 and HTTP/1.1, by HTTP to HTTPS, and many requests at once."""
    await guest.line("serving https")
    curl = ["curl", "--silent", "--show-error", "--max-time", "200", "--cacert", str(SECRETS / "ca.pem")]
    shown = ["--output", "/dev/null", "--write-out", "%{http_version} %{response_code} %{url_effective}"]
    for options, url, wanted in (
        (("--http2",), f"https://{OURS4}/", f"2 200 https://{OURS4}/"),
        (("--http1.1",), f"https://{OURS4}/", f"1.1 200 https://{OURS4}/"),
        (("--http2", "--tls-max", "1.2"), f"https://{OURS4}/", f"2 200 https://{OURS4}/"),
        (("--location",), f"http://{OURS4}/index.html", f"2 200 https://{OURS4}/index.html"),
        (("--http2",), f"https://{OURS4}/no-such", f"2 404 https://{OURS4}/no-such"),
    ):
        assert await output_of(*curl, *shown, *options, url) == wanted
    page = await output_of(*curl, "--include", f"https://{OURS4}/")
    assert "strict-transport-security: max-age=31536000" in page and "over TLS." in page
    if shutil.which("h2load") is not None:
        many = await output_of("h2load", "-n", "2000", "-c", "4", "-m", "10", f"https://{OURS4}/")
        assert "2000 succeeded, 0 failed" in many, many


async def output_of(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, (command, output)
    return output.decode()


@story
async def website_https(guest: Guest) -> None:
    """apps/website with `--tls=https`."""
    await guest.line("serving https")
    curl = ["curl", "-sS", "--max-time", "200", "--cacert", str(SECRETS / "ca.pem"), "--location"]
    shown = ["--output", "/dev/null", "--write-out", "%{http_version} %{response_code} %{url_effective}"]
    for url in (f"https://{OURS4}/style.css", f"http://{OURS4}/style.css"):
        assert await output_of(*curl, *shown, "--http2", url) == f"2 200 https://{OURS4}/style.css"
        assert await guest.line('"GET /style.css HTTP/2.0" 200 ')


@story
async def ping(guest: Guest) -> None:
    await guest.line("ping")
    await wait_for_carrier()
    for address in ADDRESSES:
        for size in (56, 4000):
            command = ["ping", "-c", "2", "-i", "0.2", "-W", "100", "-s", str(size), address]
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            output, _ = await process.communicate()
            assert process.returncode == 0, output.decode()


@story
async def dhcp(guest: Guest) -> None:
    """Our own server, on Linux's socket; it is silent at first."""
    network = IPv4Network(f"{LINUX4}/24", strict=False)
    packed = ip_address(LINUX4).packed
    leased = ip_address("10.9.0.77").packed
    server = Server(Settings(packed, network, leased, leased, routers=(packed,)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, TAP.encode())
        bound.bind(("", 67))
        await asyncio.get_running_loop().sock_recv(bound, 2048)
        said = asyncio.create_task(guest.line("I am"))
        while not said.done():
            heard = asyncio.create_task(asyncio.get_running_loop().sock_recv(bound, 2048))
            await asyncio.wait((said, heard), return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                heard.cancel()
                break
            reply = server.receive(heard.result(), 0)
            if reply is not None:
                bound.sendto(reply.payload, ("255.255.255.255", reply.port))
    assert "10.9.0.77" in await said


@story
async def web(guest: Guest) -> None:
    await guest.line("serving on")
    for address in ADDRESSES:
        host = f"[{address}]" if ":" in address else address
        status, body = await request(address, b"GET / HTTP/1.0\r\nHost: %s\r\n\r\n" % host.encode())
        assert status == b"200" and body.startswith(b"hello "), body
        head = b"POST /sum HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        status, body = await request(address, head + b"[1, 2, 3]")
        assert (status, json.loads(body)) == (b"200", {"sum": 6})
        assert (await request(address, b"GET /nowhere HTTP/1.0\r\n\r\n"))[0] == b"404"


@story
async def site(guest: Guest) -> None:
    await guest.line("serving on")
    pages = Path(__file__).parents[2] / "examples" / "27-site" / "htdocs"
    for address in ADDRESSES:
        for path, file in (("/", "index.html"), ("/style.css", "style.css")):
            status, body = await request(address, f"GET {path} HTTP/1.0\r\n\r\n".encode())
            assert (status, body) == (b"200", (pages / file).read_bytes())
        for path in ("/nowhere", "/../config.py", "/style.css/"):
            assert (await request(address, f"GET {path} HTTP/1.0\r\n\r\n".encode()))[0] == b"404", path
        assert (await request(address, b"PUT / HTTP/1.0\r\n\r\n"))[0] == b"400"


async def request(address: str, data: bytes) -> tuple[bytes, bytes]:
    """Status and body of an answer."""
    reader, writer = await asyncio.open_connection(address, 80)
    writer.write(data)
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split()[1], body


@story
async def starlette(guest: Guest) -> None:
    await guest.line("serving on")
    await until_it_listens()
    for address in ADDRESSES:
        status, body = await request(address, b"GET / HTTP/1.0\r\n\r\n")
        assert status == b"200" and body.startswith(b"hello "), body
        status, body = await request(address, b"GET /product/6/7 HTTP/1.0\r\n\r\n")
        assert (status, json.loads(body)["product"]) == (b"200", 42)
        head = b"POST /echo HTTP/1.0\r\nUser-Agent: me\r\nContent-Length: 9\r\n\r\n"
        status, body = await request(address, head + b"[1, 2, 3]")
        assert (status, json.loads(body)) == (b"200", {"got": [1, 2, 3], "agent": "me"})
        status, body = await request(address, b"GET /countdown/9 HTTP/1.0\r\n\r\n")
        assert (status, body.split()) == (b"200", [b"%d" % number for number in range(9, -1, -1)])
        assert (await request(address, b"GET /nowhere HTTP/1.0\r\n\r\n"))[0] == b"404"
        assert (await request(address, b"GET /product/6/x HTTP/1.0\r\n\r\n"))[0] == b"404"
        assert (await request(address, b"GET /echo HTTP/1.0\r\n\r\n"))[0] == b"405"


async def until_it_listens() -> None:
    """An application that is started by others says that it serves some moments before it does."""
    while True:
        try:
            _, writer = await asyncio.open_connection(OURS4, 80)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return


class Answers(BaseHTTPRequestHandler):
    """The standard library's server, asked by the image's client."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", "page")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/page":
            self._say(gzip.compress(b"found you\n"), ("Content-Encoding", "gzip"))
        else:
            self._say(bytes(20 * MEBIBYTE))

    def do_POST(self) -> None:
        self._say(self.rfile.read(int(self.headers["Content-Length"])))

    def _say(self, content: bytes, *fields: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in (*fields, ("Content-Length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silence."""


@contextmanager
def answering() -> Iterator[None]:
    """A web server, there before the image is: images boot fast."""
    with ThreadingHTTPServer((LINUX4, 8000), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@story
async def http_client(guest: Guest) -> None:
    assert "200 from http://10.9.0.1:8000/page: found you" in await guest.line("200 from")
    assert await guest.line("MB/s")
    assert await guest.line("200: ") == "200: hello from a unikernel\n"
    assert await guest.process.wait() == 0


@contextmanager
def answering_by_tls() -> Iterator[None]:
    """One for this address, and one with a certificate that is for somebody else."""
    with ExitStack() as stack:
        for port, name in ((4433, "server"), (4434, "client")):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(SECRETS / f"{name}.pem", SECRETS / f"{name}.key")
            server = stack.enter_context(ThreadingHTTPServer((LINUX4, port), Answers))
            server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield


@story
async def https_client(guest: Guest) -> None:
    assert "200 from https://10.9.0.1:4433/page: found you" in await guest.line("4433")
    assert "10.9.0.1:4434: TLS: certificate refused: " in await guest.line("4434")
    assert await guest.process.wait() == 0


@story
async def memcached(guest: Guest) -> None:
    """As much of the server's protocol as the client uses."""
    kept: dict[bytes, bytes] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while words := (await reader.readline()).split():
            if words[0] == b"set":
                kept[words[1]] = (await reader.readexactly(int(words[4]) + 2))[:-2]
                writer.write(b"STORED\r\n")
            elif words[0] in (b"get", b"gets"):
                for key in words[1:]:
                    if key in kept:
                        writer.write(b"VALUE %s 0 %d\r\n%s\r\n" % (key, len(kept[key]), kept[key]))
                writer.write(b"END\r\n")
        writer.close()

    await asyncio.start_server(serve, sock=OPEN.pop())
    assert await guest.line("hello from") == "hello from a unikernel\n"
    assert kept == {b"greeting": b"hello from a unikernel"}


# -- the peer of measurements (bench/apps/network) --


@story
async def bulk(guest: Guest) -> None:
    """Much data each way arrives intact."""
    await guest.line("ready")
    blocks = int(os.environ.get("BULK_MIB", "10")) * 16
    for address in ADDRESSES:
        reader, writer = await asyncio.open_connection(address, 9)
        sent = hashlib.sha256()
        for number in range(blocks):
            block = b"#" + random.Random(number).randbytes(65535)
            sent.update(block)
            writer.write(block)
            await writer.drain()
        writer.write_eof()
        assert (await reader.read()).split() == [str(blocks << 16).encode(), sent.hexdigest().encode()]
        writer.close()
        reader, writer = await asyncio.open_connection(address, 19, limit=MEBIBYTE)
        writer.write(b"%d\n" % blocks)
        got, wanted = hashlib.sha256(), hashlib.sha256()
        while data := await reader.read(MEBIBYTE):
            got.update(data)
        for _ in range(blocks):
            wanted.update(bytes(range(256)) * 256)
        assert got.digest() == wanted.digest()
        writer.close()


@story
async def many(guest: Guest) -> None:
    """Connections that are opened and closed leave no state."""
    await guest.line("ready")
    before = await count()
    for _ in range(10):
        for address in ADDRESSES:
            await asyncio.gather(*[hello(address) for _ in range(50)])
    after = await count()
    assert after[0] <= before[0] + 1, f"{after[0]} connections are left of 1000"
    assert after[1] - before[1] < MEBIBYTE, f"{after[1] - before[1]} octets more are in use"


async def hello(address: str) -> None:
    """One conversation, which this side ends first: TIME_WAIT is Linux's."""
    reader, writer = await asyncio.open_connection(address, 7)
    writer.write(b"hello")
    writer.write_eof()
    assert await reader.read() == b"hello"
    writer.close()
    await writer.wait_closed()


async def count() -> tuple[int, int]:
    """Connections and octets in use, as the image says."""
    reader, writer = await asyncio.open_connection(OURS4, 13)
    connections, octets = (await reader.read()).split()
    writer.close()
    return int(connections), int(octets)


@story
async def rude(guest: Guest) -> None:
    """A silent peer, resets in the middle and garbage leave a conversation alone."""
    await guest.line("ready")
    reader, writer = await asyncio.open_connection(OURS4, 7)
    silent = [await asyncio.open_connection(OURS4, 80) for _ in range(20)]
    greedy, asking = await asyncio.open_connection(OURS4, 19)
    asking.write(b"100000\n")
    for number in range(100):
        _, cut = await asyncio.open_connection(OURS4, 7)
        cut.write(bytes(1000))
        linger = struct.pack("ii", 1, 0)
        cut.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        cut.transport.abort()
        throw_garbage(number)
        data = random.Random(number).randbytes(5000)
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
    for _, each in silent:
        each.transport.abort()
    asking.transport.abort()
    del greedy
    await hello(OURS6)


# -- several networks (tests/boot_images/apps/networks) --


TRUNK = "tap-trunk"
HOSTS = ("10.9.0", "10.10.0", "10.42.0")
"""Networks of the interface TAP, of the untagged half of TRUNK, and of its VLAN 42."""


def make_trunk() -> None:
    """Linux has an address on the untagged half only."""
    run(f"ip tuntap add dev {TRUNK} mode tap")
    run(f"ip link set dev {TRUNK} up")
    run(f"ip address add {HOSTS[1]}.1/24 dev {TRUNK}")
    patient_neighbours(TRUNK)


@story
async def networks(guest: Guest) -> None:
    """Every network serves and is reached, from Linux and, where that has no VLANs, from a stack of ours."""
    await guest.line("ready")
    stack = NetStack()
    vlan = VlanNet(Trunk(await PacketNet.connect(TRUNK)), 42)
    stack.configure(stack.attach(vlan), ipv4=f"{HOSTS[2]}.1/24")
    tagged = Network(stack, Resolving(stack))
    linux = asyncio.get_running_loop()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(b"welcome\n")
        writer.close()

    sides: tuple[Any, ...] = linux, linux, tagged
    for side, host in zip(sides, HOSTS, strict=True):
        assert await conversation(side, f"{host}.2", 80) == f"called at {host}.2 80"
        await side.create_server(lambda: stream(greet), f"{host}.1", 5000)
        reader = asyncio.StreamReader()
        transport, _ = await side.create_connection(
            lambda reader=reader: asyncio.StreamReaderProtocol(reader), f"{host}.2", 80
        )
        transport.write(b"GET /much HTTP/1.0\r\n\r\n")
        assert len(await reader.read()) > 1 << 20
        transport.close()
    for host in HOSTS:
        # Whichever way the question comes, the answer's connection leaves by the network of its peer.
        said = await conversation(linux, f"{HOSTS[0]}.2", 81, f"{host}.1 5000\n")
        assert said == f"from {host}.2: welcome"
    assert await conversation(tagged, f"{HOSTS[2]}.2", 82) == f"called at {HOSTS[2]}.2 82"
    for host in HOSTS[:2]:
        try:
            await conversation(linux, f"{host}.2", 82)
        except ConnectionRefusedError:
            continue
        raise AssertionError("a port of one address is open at another")
    await stack.close()


def stream(handle: Any = None) -> asyncio.StreamReaderProtocol:
    return asyncio.StreamReaderProtocol(asyncio.StreamReader(), handle)


async def conversation(side: Any, address: str, port: int, question: str = "\n\n") -> str:
    """The last line of what is answered; `side`: a loop, or a network of ours."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await side.create_connection(lambda: protocol, address, port)
    transport.write(question.encode())
    answer = await reader.read()
    transport.close()
    return answer.decode().splitlines()[-1]


@story
async def refuses(guest: Guest) -> None:
    """A wrong command line ends it."""
    assert await guest.process.wait() == 64


def throw_garbage(seed: int) -> None:
    """Frames that begin well and go on badly."""
    source = random.Random(seed)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((TAP, 0))
        for kind in (b"\x08\x00", b"\x86\xdd", b"\x08\x06", b"\x81\x00"):
            start = {b"\x08\x00": b"\x45", b"\x86\xdd": b"\x60"}.get(kind, b"")
            raw.send(b"\xff" * 6 + bytes(6) + kind + start + source.randbytes(source.randrange(46, 1400)))


BEFORE: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "http_client": answering,
    "https_client": answering_by_tls,
    "memcached": partial(listening, 11211),
    "tls_client": partial(listening, 4433),
    "asyncio_tls": partial(listening, 4434),
}
"""What is there before the image starts."""


def main() -> None:
    name, *command = sys.argv[1:]
    make_tap(1500)
    if name == "networks":
        make_trunk()

    async def told() -> None:
        async with asyncio.timeout(PATIENCE), running(command) as guest:
            await STORIES[name](guest)

    with BEFORE.get(name, nullcontext)():
        asyncio.run(told())


if __name__ == "__main__":
    main()
