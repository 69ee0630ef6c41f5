"""Small projects for the tests: a config.py and a unikernel.py, configured or refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pymirage.config.target import TARGETS
from pymirage.error import UsageError
from pymirage.tool.configured import Configured, Request, resolve
from pymirage.tool.project import Project

UNIKERNEL = """
    from pymirage.device import Console, KeyValueReader, MonotonicClock, WallClock

    async def main(console: Console, clock: MonotonicClock, *, port: int = 80) -> None: ...
"""
CONFIG_HEAD = """\
from pymirage.config import *
from pymirage.config import block, clock, console, info, kv, net, random, sleep

"""


def project(directory: Path, config: str, unikernel: str = UNIKERNEL, **others: str) -> Project:
    """Write the files; `config` begins in line 4, below the imports."""
    (directory / "config.py").write_text(CONFIG_HEAD + dedent(config).lstrip("\n"))
    for name, text in {"unikernel": unikernel, **others}.items():
        (directory / f"{name}.py").write_text(dedent(text))
    return Project(directory)


def configured(
    made: Project, target: str = "unix", *options: str, unikernel: str | None = None
) -> Configured:
    return resolve(made, Request(TARGETS[target], unikernel, options))


def refusal(made: Project, target: str = "unix", *options: str) -> str:
    """The one line with which a configuration is refused."""
    with pytest.raises(UsageError) as refused:
        configured(made, target, *options)
    message = str(refused.value)
    assert "\n" not in message
    return message
