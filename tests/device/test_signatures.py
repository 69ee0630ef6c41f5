"""The signatures themselves: cheap to import, and keys that cannot leave their store."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.device.error import BadKey
from pymirage.device.key import segments


def test_importing_them_costs_little() -> None:
    """An image pays for every module at start."""
    program = "import sys, pymirage.device; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", program_with_path(program)]
    found = subprocess.run(command, capture_output=True)
    modules = found.stdout.decode().split()
    assert "pymirage.device.net" in modules, found.stderr.decode()
    assert not {"typing", "dataclasses", "inspect", "asyncio", "re"} & set(modules)


def program_with_path(program: str) -> str:
    return f"import sys; sys.path[:] = {sys.path!r}; {program}"


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("", ()),
        ("/", ()),
        ("a", ("a",)),
        ("/a", ("a",)),
        ("a/b.txt", ("a", "b.txt")),
        ("a b/ü/...", ("a b", "ü", "...")),
        (".hidden/..data", (".hidden", "..data")),
    ],
)
def test_keys(key: str, names: tuple[str, ...]) -> None:
    assert segments(key) == names


@pytest.mark.parametrize("key", ["..", ".", "a/", "//", "//a", "a//b", "a/../b", "a/.", "\0", "a/b\0"])
def test_no_keys(key: str) -> None:
    with pytest.raises(BadKey):
        segments(key)


@given(st.text(alphabet="a./\0", max_size=12))
def test_no_name_of_a_key_leads_up_or_nowhere(key: str) -> None:
    try:
        names = segments(key)
    except BadKey:
        return
    assert not {"", ".", ".."} & set(names)
    assert "/".join(names) == key.removeprefix("/")
