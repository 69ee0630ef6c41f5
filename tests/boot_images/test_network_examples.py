"""The examples that need a network, in images and on the host's Python over our stack; Linux is the peer."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.boot_images.harness import Lab
from tests.boot_images.network import STATIC, of_image, on_host, require_network, tell
from tests.examples.project import NEEDS, NETWORKED

ARGUMENTS = {
    "24-dhcp": ("--dhcp",),
    "26-memcached": (*STATIC, "--server=10.9.0.1"),
}

each = pytest.mark.parametrize("example", NETWORKED, ids=lambda path: path.name)


def story_of(example: Path) -> str:
    return example.name.partition("-")[2].replace("-", "_")


@each
def test_in_an_image(example: Path, lab: Lab) -> None:
    require_network()
    image = lab.build(example)
    tell(story_of(example), of_image(lab, image, *ARGUMENTS.get(example.name, STATIC)))


@each
def test_on_the_host(example: Path, tmp_path: Path) -> None:
    require_network()
    package = NEEDS.get(example.name)
    if package is not None and importlib.util.find_spec(package) is None:
        pytest.skip(f"the example needs {package}: pip install {package}")
    lab = Lab("unix", tmp_path)
    tell(story_of(example), on_host(lab, example, *ARGUMENTS.get(example.name, STATIC)))
