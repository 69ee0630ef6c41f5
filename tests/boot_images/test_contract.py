"""The drivers of real images keep the contracts: the same checks as on the host, run inside the image."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boot_images.targets import TARGETS, require
from tests.contract import console, key_value_reader
from tests.examples.project import BUILD_PATIENCE, PATIENCE, copy, pymirage

pytestmark = pytest.mark.boots

# Not an image: the driver for a process, on the host's Python.
HOST = "host"

APPS = Path(__file__).parent / "apps"
CHECKS = Path(__file__).parents[1] / "contract"

# A network of two interfaces joined by a bridge, in which no kernel says anything of its own accord.
NETWORK = """
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add dev bridge type bridge mcast_snooping 0
for tap in tap-one tap-other; do
    ip tuntap add dev $tap mode tap
    ip link set dev $tap master bridge up
done
ip link set dev bridge up
"""


def project(name: str, to: Path) -> Path:
    """An application, with the checks as a package of its own."""
    project = copy(APPS / name, to)
    package = project / "tests" / "contract"
    shutil.copytree(CHECKS, package, ignore=shutil.ignore_patterns("fixture.py", "__pycache__"))
    for directory in (package, package.parent):
        (directory / "__init__.py").touch()
    return project


def build(project: Path, target: str) -> None:
    for verb in (("configure", "--target", target), ("build",)):
        done = pymirage(project, *verb, patience=BUILD_PATIENCE)
        assert done.returncode == 0, done.stdout


def as_image(target: str) -> tuple[str, ...]:
    return ("--image",) if target == "unix" else ()


@pytest.mark.parametrize("target", TARGETS)
def test_drivers_keep_their_contracts(target: str, tmp_path: Path) -> None:
    require(target)
    app = project("contract", tmp_path)
    for key, value in key_value_reader.CONTENT.items():
        path = app / "content" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value)
    (app / "disk").write_bytes(bytes(512 * 100))
    build(app, target)
    done = pymirage(app, "run", *as_image(target), "--block", "storage=disk")
    assert done.returncode == 0, done.stdout
    assert done.stdout.encode().startswith(console.WRITTEN)
    assert done.stdout.endswith("\nSUCCESS\n")


@pytest.mark.parametrize("target", [*TARGETS, HOST])
def test_interfaces_keep_their_contract(target: str, tmp_path: Path) -> None:
    if target != HOST:
        require(target)
    refusal = in_a_network("true", tmp_path)
    if refusal.returncode != 0:
        pytest.skip(f"no network of our own can be made here: {refusal.stdout.strip()}")
    app = project("interfaces", tmp_path)
    if target != HOST:
        build(app, target)
    attached = ("--net", "one=tap:tap-one", "--net", "other=tap:tap-other")
    command = shlex.join([sys.executable, "-m", "pymirage", "run", *as_image(target), *attached])
    done = in_a_network(command, app)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("\nSUCCESS\n")


def in_a_network(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in a network namespace, which disappears with it."""
    script = f"set -e\n{NETWORK}\nexec {command}"
    return subprocess.run(
        ["unshare", "--map-root-user", "--net", "sh", "-c", script],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
