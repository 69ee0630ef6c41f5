"""apps/website in images of every target: as curl, a browser and Prometheus see it, in 24 MB of memory."""

from __future__ import annotations

import functools
import hashlib
import random
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import pytest

from pymirage.tool.image.build import Image
from tests.boot_images import browser
from tests.boot_images.harness import Lab, cannot_run
from tests.boot_images.network import STATIC, of_image, require_network, tell
from tests.examples.project import pymirage
from tests.port import reserved

APP = Path(__file__).parents[2] / "apps" / "website"
SIDE = "website_side"
MEBIBYTE = 1 << 20
LONG = 100 * MEBIBYTE
MEMORY = "--mem=24"

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def started(lab: Lab, image: Image, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
    """In little memory; an executable for unix takes what its host has."""
    command = of_image(lab, image, *STATIC, *arguments)
    place = command.index("--")
    command[place:place] = [*options, *([] if lab.target == "unix" else [MEMORY])]
    return command


@needs_curl
def test_pages(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it with one image, which takes most of the time."""
    require_network()
    pytest.importorskip("prometheus_client", reason="pip install prometheus_client")
    image = lab.build(APP)
    tell("pages", started(lab, image), side=SIDE)
    tell("hidden", started(lab, image), side=SIDE)
    # On unix, `describe` tells what `run` starts, which stands on the host's Python.
    project = image.path.parent.parent
    described = "" if lab.target == "unix" else pymirage(project, "describe", "-t", lab.target).stdout
    monkeypatch.setenv("DESCRIBED", described)
    monkeypatch.setenv("MEMORY", str(1 << 60 if lab.target == "unix" else 24 * MEBIBYTE))
    tell("about", started(lab, image, "--about", "--metrics-port=9100"), side=SIDE)


def test_size(tmp_path: Path) -> None:
    """Ten megabytes, without the initialised memory that images which boot at once hold as well."""
    reason = cannot_run("spt")
    if reason is not None:
        pytest.skip(reason)
    image = Lab("spt", tmp_path).build(APP, cold=True)
    assert image.size.total <= 10 * MEBIBYTE, image.size.headline()


@pytest.mark.skipif(browser.executable() is None, reason="no Chromium here: apt-get install chromium")
def test_in_a_browser(lab: Lab) -> None:
    require_network()
    tell("browsed", started(lab, lab.build(APP), "--about"), side=SIDE)


@needs_curl
def test_long_downloads(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 MB from a disk, through 24 MB of memory."""
    require_network()
    digest, disk = archive(tmp_path)
    command = started(lab, lab.build(APP, "--kv=block"), options=(f"--block:storage={disk}",))
    monkeypatch.setenv("LONG_SIZE", str(LONG))
    monkeypatch.setenv("LONG_DIGEST", digest)
    print(tell("download", command, side=SIDE))


def archive(place: Path) -> tuple[str, Path]:
    """The site and a long file in a tar archive; the long file's digest."""
    content = functools.reduce(lambda data, _: data + data, range(4), random.Random(1).randbytes(LONG >> 4))
    long = place / "long.bin"
    long.write_bytes(content)
    disk = place / "site.tar"
    with tarfile.open(disk, "w") as tar:
        tar.add(APP / "htdocs", arcname=".")
        tar.add(long, arcname="long.bin")
    return hashlib.sha256(content).hexdigest(), disk


def test_on_the_hosts_python(tmp_path: Path) -> None:
    """`pymirage run` and a fetch, without building anything."""
    project = tmp_path / "website"
    shutil.copytree(APP, project, ignore=shutil.ignore_patterns("_build", "dist"))
    with reserved() as port:
        command = [sys.executable, "-m", "pymirage", "run", "--", f"--port={port}"]
        process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().endswith(f":{port}/\n")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/style.css", timeout=60) as response:
                assert response.read() == (APP / "htdocs" / "style.css").read_bytes()
        finally:
            process.terminate()
            process.wait()


def test_type_checks() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "config.py", "unikernel.py"]
    done = subprocess.run(command, cwd=APP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
