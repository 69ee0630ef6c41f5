"""The provider of this host against NIST's vectors and those of RFCs."""

from __future__ import annotations

from pathlib import Path

import cryptography_vectors
import pytest

from pymirage.security.crypto import provider
from tests.security.crypto import nist

ROOT = Path(cryptography_vectors.__file__).parent


@pytest.mark.parametrize("name", nist.FILES)
def test_nist(name: str) -> None:
    count, wrong = nist.failures(provider, name, (ROOT / name).read_text())
    assert count and not wrong
