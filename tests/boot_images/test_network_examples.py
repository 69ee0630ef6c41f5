"""The examples that need a network, in images and on the host's Python over our stack; Linux is the peer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boot_images.harness import Lab
from tests.boot_images.network import STATIC, of_image, on_host, require_network, tell
from tests.examples.project import NEEDS, NETWORKED

ARGUMENTS = {
    "24-dhcp": ("--dhcp",),
    "26-memcached": (*STATIC, "--server=10.9.0.1"),
    "31-http-client": (*STATIC, "--url=http://10.9.0.1:8000/"),
    "35-https-client": (*STATIC, "--url=https://10.9.0.1:4433/", "--url=https://10.9.0.1:4434/"),
}

# Several unikernels each, with tests of their own.
ELSEWHERE = ("29-tls-echo",)

ALONE = [path for path in NETWORKED if path.name not in ELSEWHERE]
each = pytest.mark.parametrize("example", ALONE, ids=lambda path: path.name)


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


def test_site_from_a_fat_file_system(lab: Lab, tmp_path: Path) -> None:
    require_network()
    example = next(path for path in NETWORKED if path.name == "27-site")
    image = lab.build(example, "--kv=fat")
    disk = tmp_path / "site.img"
    create = ["disk", "create", "--kind", "fat", "--size", "4M", str(disk), str(example / "htdocs")]
    subprocess.run([sys.executable, "-m", "pymirage", *create], check=True, capture_output=True)
    command = of_image(lab, image, *STATIC)
    command.insert(command.index("--"), f"--block:storage={disk}")
    tell("site", command)
