"""Every `*.txt` beside this file is a transcript. Those in `boots/` build and boot images."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.transcript import matches, play

HERE = Path(__file__).parent
PLAIN = sorted(HERE.glob("*.txt"))
BOOTING = sorted(HERE.glob("boots/*.txt"))


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_transcript(path: Path, tmp_path: Path) -> None:
    play(path.read_text(encoding="utf-8"), tmp_path)


@pytest.mark.boots
@pytest.mark.parametrize("path", BOOTING, ids=lambda path: path.stem)
def test_transcript_that_boots(path: Path, tmp_path: Path) -> None:
    play(path.read_text(encoding="utf-8"), tmp_path)


def test_wildcards() -> None:
    assert matches(["a...c", "...", "z"], ["abc", "1", "2", "z"])
    assert matches(["..."], [])
    assert not matches(["a...c"], ["ab"])
    assert not matches(["a.c"], ["abc"])
