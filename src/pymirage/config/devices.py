"""The function for devices that are not in the catalogue: from the project itself or from a package."""

from __future__ import annotations

from collections.abc import Sequence

from pymirage.config.catalogue import spell
from pymirage.config.location import here
from pymirage.config.requirements import requirements
from pymirage.config.target import HOST, SOLO5
from pymirage.config.value import Argument, Implementation


def device(
    driver: str,
    /,
    *arguments: Argument,
    packages: Sequence[str] = (),
    solo5: str | None = None,
    host_only: bool = False,
    **options: Argument,
) -> Implementation:
    """A device made by `module:name`: a class, by its class method `connect` if it has one, or a function.

    Its type is what its source says: the class with its base classes, or the function's return annotation.
    Arguments are devices, keys and constants, checked against the parameters. `solo5` is another driver
    for images; `host_only` says that there is none.
    """
    location = here()
    drivers = [(HOST, driver)] if host_only else [(HOST, driver), (SOLO5, solo5 or driver)]
    return Implementation(
        drivers=tuple(drivers),
        arguments=arguments,
        options=tuple(options.items()),
        packages=requirements(packages, location),
        label=_label(driver),
        text=spell("device", driver),
        location=location,
    )


def _label(driver: str) -> str:
    """`shop:StockList` gives `stock_list`."""
    name = driver.rpartition(":")[2]
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.strip("_") or "device"
