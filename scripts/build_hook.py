"""hatchling's hook for an installation whose hot modules are native code: `PYMIRAGE_COMPILE=1 pip install .`

Without the variable the wheel holds Python only and fits every interpreter; with it, it fits this one alone,
and a C compiler and Python's headers are needed. An editable installation is never compiled: its sources
change under it (`scripts/compile_hot.py` is for that).
"""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "PYMIRAGE_COMPILE"


def wanted() -> bool:
    given = os.environ.get(VARIABLE, "")
    if given not in ("", "0", "1"):
        raise SystemExit(f"{VARIABLE}={given}: say 1 to compile, or 0")
    return given == "1"


class CompileHot(BuildHookInterface):  # type: ignore[type-arg]
    """Puts extension modules beside the sources."""

    def dependencies(self) -> list[str]:
        """What compiling needs: the package's own dependencies, among them mypy with mypyc."""
        return list(self.metadata.core.dependencies) if wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or not wanted():
            return
        sys.path.insert(0, self.root)
        from scripts import compile_hot

        try:
            place = compile_hot.ensure()
        except compile_hot.CannotCompile as error:
            raise SystemExit(f"{VARIABLE}=1: {error}") from error
        for path in compile_hot.extensions(place):
            build_data["force_include"][str(path)] = str(path.relative_to(place))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
