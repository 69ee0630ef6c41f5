"""The two stages of a program on the host's Python: output, exit statuses, and what is imported when."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from pymirage.boot import Arguments, Facts, kind
from pymirage.boot.key import Key
from pymirage.boot.start import boot

FACTS = Facts(name="demo", version="1.2", target="unix", pymirage="0.0")
N = Key("n", kind.INTEGER, default=1, help="How often.")

async def start(arguments: Arguments) -> None:
    {body}

if __name__ == "__main__":
    boot(FACTS, (N,), start)
"""


def run(
    tmp_path: Path, *line: str, body: str = "print('n is', arguments[N])"
) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "main.py"
    program.write_text(PROGRAM.format(body=body))
    return subprocess.run([sys.executable, program, *line], capture_output=True, text=True, check=False)


def test_a_program_runs(tmp_path: Path) -> None:
    done = run(tmp_path, "--n=3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "n is 3\n", "")


def test_a_bad_value_is_one_line_and_64(tmp_path: Path) -> None:
    done = run(tmp_path, "--n=x")
    message = "demo: bad value 'x' for --n: expected a whole number\n"
    assert (done.returncode, done.stdout, done.stderr) == (64, "", message)


def test_help_and_version(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help", body="raise RuntimeError")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("demo 1.2, a unikernel for unix\n\nKeys:\n  --n=INT")
    assert run(tmp_path, "--version").stdout.startswith("demo 1.2 (unix, pymirage 0.0, CPython 3.")


def test_help_that_nobody_reads_to_its_end(tmp_path: Path) -> None:
    program = tmp_path / "main.py"
    program.write_text(PROGRAM.format(body="pass"))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, program, "--help"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("body", "status"),
    [("raise SystemExit(7)", 7), ("raise KeyboardInterrupt", 130), ("raise ValueError('no')", 1)],
)
def test_exit_statuses(tmp_path: Path, body: str, status: int) -> None:
    done = run(tmp_path, body=body)
    assert done.returncode == status
    assert ("ValueError: no" in done.stderr) == (status == 1)


def test_the_host_is_its_own_tender(tmp_path: Path) -> None:
    line = ["--block:disk=d.img", "--mem=64", "--", "--n=2"]
    assert run(tmp_path, *line, body="print(arguments.attached('disk'))").stdout == "d.img\n"
    refused = run(tmp_path, body="print(arguments.attached('disk'))")
    message = "demo: device 'disk' is not attached: add --net:disk=... or --block:disk=...\n"
    assert (refused.returncode, refused.stderr) == (64, message)


def test_a_failing_host_is_one_line(tmp_path: Path) -> None:
    body = "from pymirage.error import DeviceError; raise DeviceError(2, 'cannot open disk: gone')"
    done = run(tmp_path, body=body)
    assert (done.returncode, done.stderr) == (1, "demo: cannot open disk: gone\n")
    assert "Traceback" in run(tmp_path, "-l", "debug", body=body).stderr


def test_only_what_is_needed_is_imported(tmp_path: Path) -> None:
    body = "import sys; print(*sorted(sys.modules))"
    modules = run(tmp_path, body=body).stdout.split()
    assert not {
        "ipaddress",
        "difflib",
        "pymirage.boot.help_text",
        "pymirage.boot.logs",
        "pymirage.config",
    } & {*modules}
