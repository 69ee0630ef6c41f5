"""GRUB starts an image by Multiboot 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nested.machine import Unavailable
from tests.runtime import grub, toolchain
from tests.runtime.conftest import reason_not_to_run


def test_grub_starts_an_image(tmp_path: Path) -> None:
    reason = reason_not_to_run("virtio")
    if reason:
        pytest.skip(reason)
    try:
        done = grub.start(toolchain.guest("command_line", "virtio"), "--x=1 two", tmp_path)
    except (Unavailable, FileNotFoundError) as error:
        pytest.skip(f"GRUB cannot be had here: {error}")
    assert (done.returncode, done.stdout) == (0, "[--x=1 two]\nSUCCESS\n")
