"""Tests in this folder take a `lab`, see harness.py; they are all marked `boots`."""

from pathlib import Path

import pytest

from tests.boot_images.harness import TARGETS, Lab, cannot_run

HERE = Path(__file__).parent


@pytest.fixture(params=TARGETS)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    reason = cannot_run(request.param)
    if reason is not None:
        pytest.skip(f"{request.param}: {reason}")
    return Lab(request.param, tmp_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.boots)
