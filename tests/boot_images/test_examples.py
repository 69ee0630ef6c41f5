"""Every example, built for every target and booted, does what its README says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot_images.targets import TARGETS, require
from tests.examples.project import BUILD_PATIENCE, EXAMPLES, check_steps, copy, pymirage

pytestmark = pytest.mark.boots


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_boots(example: Path, target: str, tmp_path: Path) -> None:
    require(target)
    project = copy(example, tmp_path)
    for verb in (("configure", "--target", target), ("build",)):
        done = pymirage(project, *verb, patience=BUILD_PATIENCE)
        assert done.returncode == 0, done.stdout
    check_steps(project, extra=("--image",) if target == "unix" else ())
