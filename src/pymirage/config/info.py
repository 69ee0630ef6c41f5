"""Facts about the build, as a value that a unikernel can be given."""

from pymirage.config.location import here
from pymirage.config.value import Implementation

FACTS = "FACTS"
"""The constant of the generated program that this stands for."""


def default() -> Implementation:
    """Name, version, target and packages of the build: a `pymirage.boot.Facts`."""
    return Implementation(
        drivers=(),
        type="pymirage.boot.facts.Facts",
        label=FACTS,
        text="info.default()",
        location=here(),
    )
