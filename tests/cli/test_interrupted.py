"""Ctrl-C is one line and the status 130, also while the tool is still being imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pymirage.tool import main

PROGRAM = """
import sys

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == MODULE:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from pymirage.__main__ import main
sys.argv = ["pymirage", "targets"]
main()
"""


@pytest.mark.parametrize("module", ["click", "pymirage.tool.main", "pymirage.tool.verb.targets"])
def test_interrupted_import(module: str) -> None:
    program = f"MODULE = {module!r}\n{PROGRAM}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    # click ends the line in which the terminal shows ^C.
    assert (done.returncode, done.stdout, done.stderr.lstrip()) == (130, "", "pymirage: interrupted\n")


def test_wrapped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Python before 3.12 makes a RuntimeError of what `__set_name__` raises."""

    def interrupted(*_: object, **__: object) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr(main.pymirage, "main", interrupted)
    assert main.run(["targets"]) == 130
    assert capsys.readouterr().err == "pymirage: interrupted\n"
