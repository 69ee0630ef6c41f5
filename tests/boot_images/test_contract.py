"""The drivers of real images keep the contracts: the same checks as on the host, run inside the image."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.boot_images.targets import TARGETS, require
from tests.contract import console, key_value_reader
from tests.examples.project import BUILD_PATIENCE, copy, pymirage

pytestmark = pytest.mark.boots

APP = Path(__file__).parent / "apps" / "contract"
CHECKS = Path(__file__).parents[1] / "contract"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The application, with the checks as a package of its own, content to embed, and a disk."""
    project = copy(APP, tmp_path)
    package = project / "tests" / "contract"
    shutil.copytree(CHECKS, package, ignore=shutil.ignore_patterns("fixture.py", "__pycache__"))
    for directory in (package, package.parent):
        (directory / "__init__.py").touch()
    for key, value in key_value_reader.CONTENT.items():
        path = project / "content" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value)
    (project / "disk").write_bytes(bytes(512 * 100))
    return project


@pytest.mark.parametrize("target", TARGETS)
def test_drivers_keep_their_contracts(project: Path, target: str) -> None:
    require(target)
    for verb in (("configure", "--target", target), ("build",)):
        done = pymirage(project, *verb, patience=BUILD_PATIENCE)
        assert done.returncode == 0, done.stdout
    as_image = ("--image",) if target == "unix" else ()
    done = pymirage(project, "run", *as_image, "--block", "storage=disk")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("\nSUCCESS\n")
    assert done.stdout.encode().startswith(console.WRITTEN)
