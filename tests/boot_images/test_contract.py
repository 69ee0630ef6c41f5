"""The drivers of real images keep the contracts: the same checks as on the host, run inside the image."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pymirage.tool.project import Project
from tests.boot_images.harness import PATIENCE, Lab
from tests.contract import console, key_value_reader

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
ATTACHED = ("--net", "one=tap:tap-one", "--net", "other=tap:tap-other")


def test_drivers_keep_their_contracts(lab: Lab) -> None:
    project = with_checks(lab.project(APPS / "contract"))
    for key, value in key_value_reader.CONTENT.items():
        path = project.directory / "content" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value)
    disk = lab.directory / "disk"
    disk.write_bytes(bytes(512 * 100))
    run = lab.boot(lab.build(project), options=[f"--block:storage={disk}"])
    assert run.status == 0, run.console
    assert run.console.encode().startswith(console.WRITTEN)
    assert run.console.endswith("\nSUCCESS\n")


def test_interfaces_keep_their_contract(lab: Lab) -> None:
    project = with_checks(lab.project(APPS / "interfaces"))
    lab.build(project)
    as_image = ("--image",) if lab.target == "unix" else ()
    check_interfaces(project, "-t", lab.target, *as_image)


def test_interfaces_keep_their_contract_on_the_host(tmp_path: Path) -> None:
    """Not an image: the driver for a process, on the host's Python."""
    place = Path(shutil.copytree(APPS / "interfaces", tmp_path / "project"))
    check_interfaces(with_checks(Project(place)))


def with_checks(project: Project) -> Project:
    """An application's project, with the checks as a package of its own."""
    package = project.directory / "tests" / "contract"
    shutil.copytree(CHECKS, package, ignore=shutil.ignore_patterns("fixture.py", "__pycache__"))
    for directory in (package, package.parent):
        (directory / "__init__.py").touch()
    return project


def check_interfaces(project: Project, *options: str) -> None:
    refusal = in_a_network("true", project.directory)
    if refusal.returncode != 0:
        pytest.skip(f"no network of our own can be made here: {refusal.stdout.strip()}")
    command = shlex.join([sys.executable, "-m", "pymirage", "run", *options, *ATTACHED])
    done = in_a_network(command, project.directory)
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
