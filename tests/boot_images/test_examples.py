"""Every example, built for every target and booted, does what its README says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot_images.harness import COLD, Lab
from tests.examples.project import BUILD_PATIENCE, EXAMPLES, check_steps, copy, pymirage

BUILD = ("--cold",) if COLD else ()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_boots(example: Path, lab: Lab) -> None:
    project = copy(example, lab.directory)
    for verb in (("configure", "--target", lab.target), ("build", *BUILD)):
        done = pymirage(project, *verb, patience=BUILD_PATIENCE)
        assert done.returncode == 0, done.stdout
    run = ("--image",) if lab.target == "unix" else ()
    check_steps(project, options={"run": run, "build": BUILD})
