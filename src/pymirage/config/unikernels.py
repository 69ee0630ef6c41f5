"""The function that makes a unikernel out of an application and its devices."""

from __future__ import annotations

from collections.abc import Sequence

from pymirage.config.location import here
from pymirage.config.requirements import requirements, several
from pymirage.config.value import Argument, Unikernel


def unikernel(
    entry: str,
    /,
    *arguments: Argument,
    packages: Sequence[str] = (),
    include: Sequence[str] = (),
    **options: Argument,
) -> Unikernel:
    """An application, `module:name` of an async function or of a class with an async method `start`.

    Its parameters' annotations say which devices it wants; keys and constants go by keyword. `packages`
    are pure-Python packages that it imports, as PEP 508 requirements; `include` names modules that no
    import statement mentions and that an image needs all the same.
    """
    location = here()
    return Unikernel(
        entry,
        arguments,
        tuple(options.items()),
        requirements(packages, location),
        several("include", include, location),
        location,
    )
