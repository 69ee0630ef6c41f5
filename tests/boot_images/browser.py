"""A real browser: Chromium without a window, told what to do over a pipe (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
    "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-features=BackForwardCache", "--window-size=800,600",
)  # fmt: skip

EMPTY = "about:blank"

# The browser reads its commands from descriptor 3 and answers on 4.
START = """\
import os, sys
commands, answers = (os.dup(int(each)) for each in sys.argv[1:3])
high = max(commands, answers, 4) + 1
os.dup2(commands, high)
os.dup2(answers, high + 1)
os.dup2(high, 3)
os.dup2(high + 1, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page. What goes wrong in it (scripts, content that does not load) is kept."""

    def __init__(self, sending: int, receiving: int) -> None:
        self._sending = sending
        self._receiving = receiving
        self._pending = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []
        target = self.tell("Target.createTarget", url=EMPTY)["targetId"]
        self._session: str | None = None
        self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.tell(f"{domain}.enable")
        self.answers: dict[str, tuple[int, str]] = {}
        """Status and media type by address."""
        self.complaints: list[str] = []

    def tell(self, method: str, **parameters: object) -> dict[str, Any]:
        """A command and its result."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if getattr(self, "_session", None):
            message["sessionId"] = self._session
        os.write(self._sending, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                result: dict[str, Any] = heard["result"]
                return result
            self._events.append(heard)

    def visit(self, address: str) -> None:
        """Load a page, with all that belongs to it."""
        self.tell("Page.navigate", url=address)
        self._wait_for_load()

    def follow(self, text: str) -> None:
        """Click on the link with this text."""
        found = f"[...document.querySelectorAll('a')].find(a => a.textContent.includes({json.dumps(text)}))"
        self.evaluate(f"{found}.click()")
        self._wait_for_load()

    def back(self) -> None:
        # Later, or the page that answers is gone before it has.
        self.evaluate("void setTimeout(() => history.back(), 0)")
        self._wait_for_load()

    def evaluate(self, expression: str) -> Any:
        return self.tell("Runtime.evaluate", expression=expression)["result"].get("value")

    def screenshot(self) -> list[list[tuple[int, ...]]]:
        """Rows of pixels."""
        return pixels(base64.b64decode(self.tell("Page.captureScreenshot")["data"]))

    def _wait_for_load(self) -> None:
        """Of another page than the empty one, which the browser began with and may still tell of."""
        began = False
        while True:
            event = self._events.pop(0) if self._events else self._hear()
            self._keep(event)
            if event.get("method") == "Page.frameNavigated":
                began = event["params"]["frame"]["url"] != EMPTY
            elif event.get("method") == "Page.loadEventFired" and began:
                return

    def _keep(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Network.responseReceived":
            response = parameters["response"]
            self.answers[response["url"]] = (response["status"], response["mimeType"])
        elif event.get("method") == "Network.loadingFailed":
            self.complaints.append(str(parameters))
        elif event.get("method") == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            data = os.read(self._receiving, 65536)
            assert data, "the browser has ended"
            self._pending += data
        message, _, self._pending = self._pending.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with a profile of its own, which ends with the block."""
    path = executable()
    assert path is not None
    # Its helpers may still write while they end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        commands_out, commands_in = os.pipe()
        answers_out, answers_in = os.pipe()
        descriptors = [str(commands_out), str(answers_in)]
        command = [sys.executable, "-c", START, *descriptors, path, *OPTIONS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            command,
            pass_fds=(commands_out, answers_in),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": profile},
        )
        os.close(commands_out)
        os.close(answers_in)
        try:
            yield Browser(commands_in, answers_out)
        finally:
            os.close(commands_in)
            os.close(answers_out)
            process.terminate()
            process.wait()


def pixels(png: bytes) -> list[list[tuple[int, ...]]]:
    """A PNG of eight bits a channel, not interlaced: RFC 2083 §3, §6."""
    at, data, width, channels = 8, b"", 0, 3
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, channels = int.from_bytes(body[:4], "big"), {2: 3, 6: 4}[body[9]]
            assert body[8] == 8 and body[12] == 0
        elif kind == b"IDAT":
            data += body
        at += size + 12
    raw, stride = zlib.decompress(data), width * channels
    above, rows = bytes(stride), []
    for start in range(0, len(raw), stride + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], above, channels)
        rows.append([tuple(above[x : x + 3]) for x in range(0, stride, channels)])
    return rows


def _unfiltered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    made = bytearray(line)
    for x in range(len(made)):
        left = made[x - channels] if x >= channels else 0
        corner = above[x - channels] if x >= channels else 0
        guess = (0, left, above[x], (left + above[x]) // 2, _paeth(left, above[x], corner))[kind]
        made[x] = (made[x] + guess) & 255
    return bytes(made)


def _paeth(left: int, up: int, corner: int) -> int:
    distance = {value: abs(left + up - corner - value) for value in (corner, up, left)}
    return min((left, up, corner), key=lambda value: distance[value])
