"""Servers for the client: scripted ones that say what a test wants, and real ones."""

from __future__ import annotations

import asyncio
import http.server
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.client import Client, Settings

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Scripted:
    """Answers the n-th request with the n-th answer, on whatever connection; keeps what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.heads: list[bytes] = []
        self.connections = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line.partition(b":")[2]))
                answer = self.answers.pop(0)
                writer.write(answer)
                if b"connection: close" in answer.lower() or not answer:
                    break
            else:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[str]:
    """The address of a server on loopback."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def client(**settings: object) -> AsyncIterator[Client]:
    made = Settings(**settings)  # type: ignore[arg-type]
    async with Client(StreamTcp(asyncio.get_running_loop()), made) as ours:
        yield ours


@contextmanager
def python_server(directory: Path) -> Iterator[str]:
    """The standard library's."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, directory=str(directory), **options)  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
CONFIGURATION = """
daemon off; master_process off; pid {run}/pid; error_log {run}/error;
events {{ worker_connections 64; }}
http {{
    access_log off; default_type text/plain;
    client_body_temp_path {run}/body; proxy_temp_path {run}/proxy; fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi; scgi_temp_path {run}/scgi;
    gzip on; gzip_types text/plain; gzip_min_length 1; client_max_body_size 2m;
    server {{
        listen unix:{run}/socket; listen 127.0.0.1:{port}; root {root};
        location /moved {{ return 302 /page.txt; }}
        location /echo {{ proxy_pass http://unix:{run}/socket:/page.txt; proxy_method GET; }}
    }}
}}
"""


@contextmanager
def nginx(root: Path, run: Path, port: int) -> Iterator[str]:
    (run / "conf").write_text(CONFIGURATION.format(run=run, root=root, port=port))
    assert NGINX is not None
    command = [NGINX, "-c", str(run / "conf"), "-p", str(run), "-e", str(run / "error")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
