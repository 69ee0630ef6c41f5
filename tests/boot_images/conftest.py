"""Tests in this folder take a `lab`, see harness.py; they are all marked `boots`."""

import os
from pathlib import Path

import pytest

from tests.boot_images.harness import TARGETS, Lab, cannot_run

HERE = Path(__file__).parent


# QEMU emulates where these tests run, and takes its time: what goes through most parts runs always, the rest
# with PYMIRAGE_LONG=1 in the environment.
ALWAYS_EMULATED = ("test_contract.py", "test_initialise.py", "test_virtio.py")
EXAMPLES = ("02-hello", "13-exception", "19-block")
# That no key is in an image is shown wherever images start.
KEYS = "test_keys_differ_from_boot_to_boot"


def emulated_now(request: pytest.FixtureRequest) -> bool:
    name = request.path.name
    short = name in ALWAYS_EMULATED or any(each in request.node.name for each in (*EXAMPLES, KEYS))
    return short or bool(os.environ.get("PYMIRAGE_LONG"))


@pytest.fixture(params=TARGETS)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    if request.param == "virtio" and not emulated_now(request):
        pytest.skip("virtio: emulated and slow, runs with PYMIRAGE_LONG=1")
    reason = cannot_run(request.param)
    if reason is not None:
        pytest.skip(f"{request.param}: {reason}")
    return Lab(request.param, tmp_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.boots)
