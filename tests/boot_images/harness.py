"""Real images on real tenders: configure, build and boot an application, and see what it did.

    def test_hello(lab: Lab) -> None:
        run = lab.boot(lab.build({"config.py": …, "unikernel.py": …}))
        assert run.console == "hello\\n"

A test that takes `lab` runs once for each target; what this machine cannot run is skipped with its reason.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pymirage.config.target import TARGETS as CONFIGURED
from pymirage.tool import configured, doctor
from pymirage.tool.image import build, elf, plan
from pymirage.tool.image.build import Image, Step
from pymirage.tool.project import Project
from pymirage.tool.runtime import Runtime, ensure, silent

TARGETS = ("unix", "spt", "hvt", "virtio")

COLD = bool(os.environ.get("PYMIRAGE_COLD"))
"""Whether all images import their modules at each boot (`build --cold`), which `make boot` tests as well."""

# Far longer than anything needs, on any machine: an image that hangs is a failure, not a standstill.
PATIENCE = 240.0

# What a project has when a test does not say otherwise.
CONFIG = 'from pymirage.config import unikernel\n\napp = unikernel("unikernel:main")\n'


@dataclass(frozen=True, slots=True)
class Run:
    """A boot, from the tender's start to its end."""

    status: int
    console: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Lab:
    """One target, and a directory for projects."""

    target: str
    directory: Path

    def project(self, source: Path | Mapping[str, str], name: str = "project") -> Project:
        """A copy of an application's directory, or one made of files."""
        place = self.directory / name
        if isinstance(source, Path):
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("_build", "dist"))
        else:
            for file, text in {"config.py": CONFIG, **source}.items():
                (place / file).parent.mkdir(parents=True, exist_ok=True)
                (place / file).write_text(text)
        return Project(place)

    def build(
        self,
        source: Path | Mapping[str, str] | Project,
        *options: str,
        cold: bool = False,
        without_eval: bool = False,
    ) -> Image:
        """Configures and builds; `options` are configure keys, as on the command line."""
        project = source if isinstance(source, Project) else self.project(source)
        request = configured.Request(CONFIGURED[self.target], None, options)
        configured.configure(project, request)
        return build.build(
            plan.read(project.build / self.target),
            runtime(self.target),
            ignore,
            cold=COLD or cold,
            without_eval=without_eval,
        )

    def boot(
        self,
        image: Image | Path,
        *arguments: str,
        options: Sequence[str] = (),
        patience: float = PATIENCE,
    ) -> Run:
        """Starts the image with its tender; `options` are the tender's, `arguments` the image's."""
        path = image.path if isinstance(image, Image) else image
        starter = runtime(self.target).starter
        words: list[str | Path] = [*options, "--"]
        words = [*starter, *words, path] if starter else [path, *words]
        started = time.monotonic()
        done = subprocess.run(
            [*words, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode(errors="backslashreplace"), time.monotonic() - started)


@cache
def runtime(target: str) -> Runtime:
    """Built once and kept in the user's cache: minutes the first time, nothing afterwards."""
    return ensure(target, silent)


def cannot_run(target: str) -> str | None:
    """Why this machine cannot run images of `target`; None when it can. A failing build is no reason."""
    return doctor.cannot_build() or doctor.cannot_run(target)


def ignore(step: Step) -> None:
    """What the tool would print."""


def callers(image: Path, section: str) -> tuple[int, set[str]]:
    """The size of a section of code, and which functions outside of it call or jump into it."""
    (found,) = (each for each in elf.Elf(image.read_bytes()).sections if each.name == section)
    within = range(found.address, found.address + found.size)
    command = ["objdump", "-d", "--no-show-raw-insn", str(image)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)
    names, function = set(), ""
    for line in listing.stdout.splitlines():
        if line.endswith(">:"):
            address, _, function = line[:-2].partition(" <")
            function = "" if int(address, 16) in within else function
        jump = re.search(r"\t(?:call|j\w+) +([0-9a-f]+) <", line)
        if jump and function and int(jump[1], 16) in within:
            names.add(function)
    return found.size, names
