"""Facts about the build, as a value that a unikernel can be given."""

from pymirage.config.location import here
from pymirage.config.value import Implementation

FACTS = "FACTS"
"""The constant of the generated program that this stands for."""
DESCRIBED = "described"
"""The option that tells the two apart."""


def default() -> Implementation:
    """Name, version, target and packages of the build: a `pymirage.boot.Facts`."""
    return _facts("info.default()", ())


def described() -> Implementation:
    """The same with its `description`: the devices, keys and packages as `pymirage describe` prints them."""
    return _facts("info.described()", ((DESCRIBED, True),))


def _facts(text: str, options: tuple[tuple[str, bool], ...]) -> Implementation:
    return Implementation(
        drivers=(),
        type="pymirage.boot.facts.Facts",
        options=options,
        label=FACTS,
        text=text,
        location=here(),
    )
