"""Which of a project's files an image was made of: noted for who asks later whether it is old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pymirage.tool.image.modules import Origin
from pymirage.tool.project import read_json, write

if TYPE_CHECKING:
    from pymirage.tool.image.closure import Closure
    from pymirage.tool.image.plan import BuildPlan

FILE = "made-of.json"


def note(needed: Closure, plan: BuildPlan) -> None:
    """The project's own modules; the program that `configure` made is none of them."""
    found = (node.module for node in needed.nodes if node.module.origin is Origin.PROJECT)
    paths = (module.path for module in found if module.path is not None)
    own = [path for path in paths if path.is_relative_to(plan.project) and path.parent != plan.directory]
    value = {
        "type": "pymirage.made-of",
        "version": 1,
        "name": plan.name,
        "modules": sorted(path.relative_to(plan.project).as_posix() for path in own),
    }
    write(plan.directory / FILE, json.dumps(value, indent=1) + "\n")


def modules(directory: Path, name: str) -> tuple[str, ...]:
    """Relative to the project; none when the last image that was built here is another one."""
    value = read_json(directory / FILE)
    found = value.get("modules")
    if value.get("name") != name or not isinstance(found, list):
        return ()
    return tuple(map(str, found))
