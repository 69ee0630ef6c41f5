"""Ctrl-C is one line and the status 130, also while the tool is still being imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
