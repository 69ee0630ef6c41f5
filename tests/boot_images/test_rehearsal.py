"""A start is rehearsed while an image is built: what it runs stays awake, and nothing else of it stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boot_images.harness import COLD, Lab

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def initialised() -> None:
    if COLD:
        pytest.skip("PYMIRAGE_COLD: images are cold")


def once(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")


def test_a_request(lab: Lab) -> None:
    """On the platform that stands in for each target's bindings."""
    image = lab.build(ROOT / "apps" / "website")
    assert image.rehearsal == "a request rehearsed"
    awake = {part.path[2] for part in image.size.parts if part.path[:2] == ("memory", "functions")}
    assert {"unikernel.py", "pymirage/driver/solo5/net.py", "pymirage/web/server/server.py"} <= awake


def test_always_the_same(lab: Lab) -> None:
    """Also on a host that hashes otherwise: the client that comes runs there."""
    once(lab)
    project = lab.project(ROOT / "examples" / "27-site")
    images = set()
    for seed in ("1", "2"):
        for verb in (["configure", "-t", lab.target], ["build"]):
            subprocess.run(
                [sys.executable, "-m", "pymirage", *verb],
                cwd=project.directory,
                env={**os.environ, "PYTHONHASHSEED": seed},
                check=True,
                stdout=subprocess.DEVNULL,
            )
        (image,) = project.dist.glob("*.spt")
        images.add(image.read_bytes())
    assert len(images) == 1


NOTHING_STAYS = """\
import os
import random
import time

STARTS = []
BEGAN = time.monotonic
DRAWN = random.Random()


async def main() -> None:
    STARTS.append(os.urandom(4))
    print(len(STARTS), time.time() > 1_700_000_000, DRAWN.random(), hash(str(STARTS)))
"""


def test_nothing_else_stays(lab: Lab) -> None:
    image = lab.build({"unikernel.py": NOTHING_STAYS})
    assert image.rehearsal == "start rehearsed"
    one, other = (lab.boot(image).console for _ in range(2))
    assert one.startswith("1 True ") and other.startswith("1 True ") and one != other


CONFIG = """\
from pymirage.config import block, key, unikernel

app = unikernel("unikernel:main", block.default(), what=key("what", str, {default}))
"""
MAIN = """\
import sys
import time

from pymirage.device import Block


async def main(disk: Block, *, what: str) -> None:
    if what == "fail":
        raise ValueError("no number")
    elif what == "work":
        while True:
            pass
    elif what == "sleep":
        time.sleep(1000)
    elif what == "read":
        print(set(await disk.read(0, 4)))
    elif what == "exit":
        sys.exit(7)
    print("done")
"""


@pytest.mark.parametrize(
    ("default", "said"),
    [
        ("required=True", "start rehearsed, with nothing given to it: status 64: app: "),
        ('default="fail"', "start rehearsed, with nothing given to it: status 1: ValueError: no number"),
        ('default="exit"', "start rehearsed, with nothing given to it: status 7: "),
        ('default="read"', "start rehearsed"),
        ('default="sleep"', "start rehearsed"),
        ('default="work"', "no start rehearsed: it took too long, or crashed"),
    ],
)
def test_however_it_ends(lab: Lab, default: str, said: str) -> None:
    """A start that could not be rehearsed, or only in part, is none the worse."""
    once(lab)
    image = lab.build({"config.py": CONFIG.format(default=default), "unikernel.py": MAIN})
    assert image.rehearsal.startswith(said)
    disk = lab.directory / "disk"
    disk.write_bytes(bytes(4096))
    boot = lab.boot(image, "--what=none", options=[f"--block:storage={disk}"])
    assert (boot.status, boot.console) == (0, "done\n")
