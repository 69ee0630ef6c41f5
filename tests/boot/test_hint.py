"""Module level that asks for what a build refuses is told on a host's Python, by the line that asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pymirage.tool.launch import HINTS

PROGRAM = """
from pymirage.boot import Arguments, Facts
from pymirage.boot.start import boot

import unikernel

FACTS = Facts(name="demo", version="0", target="unix", pymirage="0.0")

async def start(arguments: Arguments) -> None:
    await unikernel.main()

if __name__ == "__main__":
    boot(FACTS, (), start)
"""

APPLICATION = """\
import datetime, os, random, secrets, time, uuid
from pymirage.boot import when_built, when_started

{}

@when_started
def start() -> None:
    time.time(), os.urandom(1), random.random()


async def main() -> None:
    print(time.time() > 0, len(secrets.token_bytes(4)), random.random() < 1)
"""


def hints(tmp_path: Path, lines: str, *options: str) -> list[str]:
    """What is told of an application with `lines` (from its fourth on) at module level."""
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "unikernel.py").write_text(APPLICATION.format(lines))
    command = [sys.executable, *(options or ("-X", HINTS)), "main.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "True 4 True\n"), done.stderr
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("NOW = time.time()", "the clock"),
        ("NOW = time.monotonic_ns()", "the clock"),
        ("time.sleep(0)", "the clock"),
        ("NOW = datetime.datetime.now()", "the clock"),
        ("TODAY = datetime.date.today()", "the clock"),
        ("KEY = os.urandom(4)", "entropy"),
        ("KEY = secrets.token_hex()", "entropy"),
        ("KEY = uuid.uuid4()", "entropy"),
        ("DICE = random.randrange(6)", "random numbers"),
        ("DICE = [random.random() for _ in range(9)]", "random numbers"),
    ],
)
def test_is_told_once(tmp_path: Path, line: str, what: str) -> None:
    remedy = "`pymirage build` refuses that; move it into main() or under @when_started"
    assert hints(tmp_path, line) == [f"hint: unikernel.py:4: asks for {what} at module level: {remedy}"]


@pytest.mark.parametrize(
    "lines",
    [
        "GENERATOR = random.Random()",
        "NUMBER = random.Random(7).random()",
        "random.seed(7); NUMBER = random.random()",
        "DAY = datetime.date(2026, 1, 1)",
        "import logging, tempfile, http.cookiejar, email.utils",
    ],
)
def test_nothing_is_told_of_what_a_build_takes(tmp_path: Path, lines: str) -> None:
    assert hints(tmp_path, lines) == []


def test_the_line_is_the_applications(tmp_path: Path) -> None:
    """However far down the standard library asks, and in whichever of the application's modules."""
    (tmp_path / "keys.py").write_text(
        "import secrets\n\ndef draw() -> str:\n    return secrets.token_hex()\n"
    )
    (told,) = hints(tmp_path, "import keys; KEY = keys.draw()")
    assert told.startswith("hint: keys.py:4: asks for entropy")


def test_only_where_it_is_asked_for(tmp_path: Path) -> None:
    assert hints(tmp_path, "NOW = time.time()", "-X", "utf8") == []


def test_pymirage_run_tells(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(
        "from pymirage.config import unikernel\n\napp = unikernel('unikernel:main')\n"
    )
    (tmp_path / "unikernel.py").write_text(APPLICATION.format("NOW = time.time()"))
    command = [sys.executable, "-m", "pymirage", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "True 4 True\n"
    assert done.stderr.startswith("hint: unikernel.py:4: asks for the clock at module level: ")
