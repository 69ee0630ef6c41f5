"""The provider of this host against Wycheproof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pymirage.security.crypto import provider
from tests.security.crypto import vectors, wycheproof

FILES = vectors.wycheproof()


@pytest.mark.skipif(not FILES, reason=vectors.WHY_NOT)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem.removesuffix("_test"))
def test_wycheproof(path: Path) -> None:
    file = json.loads(path.read_text())
    if reason := wycheproof.unsupported(provider, file):
        pytest.skip(reason)
    count, wrong = wycheproof.failures(provider, file)
    assert not wrong
    assert count == file["numberOfTests"]
