"""A file is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymirage.tool.whole import write_whole


def test_the_folder_and_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    write_whole(path, b"new", mode=0o755)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("ending", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_stays_of_what_was_not_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise ending

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(type(ending)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
