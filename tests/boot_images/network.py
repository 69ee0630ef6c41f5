"""Telling stories of `linux_side` about images, each in a network namespace that ends with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from pymirage.config.target import TARGETS as CONFIGURED
from pymirage.tool import configured
from pymirage.tool.image.build import Image
from tests.boot_images.harness import Lab, runtime
from tests.interop.laboratory import LINUX4, OURS4, OURS6, ROOT, TAP, refusal

STATIC = (f"--ipv4={OURS4}/24", f"--ipv4-gateway={LINUX4}", f"--ipv6={OURS6}/64")
"""How an image is told its addresses."""
SERVICE = {"service": TAP}
PROGRAMS = {
    "ping": ("ping", "iputils-ping"),
    "https": ("curl", "curl"),
    "website_https": ("curl", "curl"),
    "tls_server": ("openssl", "openssl"),
}
"""What Linux's end of a story needs, and the package that has it."""


@cache
def refused() -> str:
    return refusal()


def require_network() -> None:
    if refused():
        pytest.skip(f"no network namespace with a TAP interface can be made here: {refused()}")


def of_image(lab: Lab, image: Image, *arguments: str, attached: Mapping[str, str] = SERVICE) -> list[str]:
    """The command that starts an image on the interface, or on others by the names that it has for them."""
    starter = runtime(lab.target).starter
    options = [*(f"--net:{name}={device}" for name, device in attached.items()), "--"]
    if not starter:
        return [str(image.path), *options, *arguments]
    return [*starter, *options, str(image.path), *arguments]


def on_host(lab: Lab, source: Path, *arguments: str) -> list[str]:
    """The command that starts an application on the host's Python, over our own stack."""
    project = lab.project(source, "on-host")
    configured.configure(project, configured.Request(CONFIGURED["unix"], None, ("--net=direct",)))
    main = project.build / "unix" / "main.py"
    path = f"PYTHONPATH={project.directory}"
    return [
        "env",
        f"--chdir={project.directory}",
        path,
        sys.executable,
        "-P",
        str(main),
        f"--net:service={TAP}",
        "--",
        *arguments,
    ]


def tell(story: str, command: list[str], patience: float = 300, side: str = "linux_side") -> str:
    """Runs a story of the module `side` about what `command` starts; gives the image's console."""
    program, package = PROGRAMS.get(story, (sys.executable, ""))
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (apt-get install {package})")
    # As root without a user namespace, in which the tender could not become nobody.
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    if "pymirage.tool.qemu" in command:
        patience *= 3  # see linux_side
    inside = [sys.executable, "-m", f"tests.boot_images.{side}", story, *command]
    done = subprocess.run(
        ["unshare", "--net", *user, *inside],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
