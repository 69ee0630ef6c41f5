"""Where published vectors are: not in this repository, because they are larger than it."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "wycheproof-vectors"
"""Ignored by git. Wycheproof's JSON files go here, or where the environment variable says."""

VARIABLE = "PYMIRAGE_WYCHEPROOF"


def wycheproof() -> list[Path]:
    """The files of C2SP/wycheproof's `testvectors_v1` that are there, sorted."""
    return sorted(Path(os.environ.get(VARIABLE) or FOLDER).glob("*_test.json"))


WHY_NOT = f"no Wycheproof vectors: put C2SP/wycheproof's testvectors_v1 into {FOLDER.name}/ or set {VARIABLE}"
