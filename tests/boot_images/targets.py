"""Which targets this machine can boot, and why not the others."""

from __future__ import annotations

import pytest

from pymirage.tool.doctor import cannot_run

TARGETS = ("unix", "spt", "hvt")


def require(target: str) -> None:
    """Skips the test, saying why, when images for `target` cannot run here."""
    reason = cannot_run(target)
    if reason is not None:
        pytest.skip(f"{target} images cannot run here: {reason}")
