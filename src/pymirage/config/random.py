"""Sources of randomness."""

from pymirage.config.catalogue import driver
from pymirage.config.value import Implementation


def default() -> Implementation:
    """Random bytes fit for keys, from the platform's entropy."""
    return driver(
        "Random",
        host="host.random:HostRandom",
        solo5="solo5.random:Solo5Random",
        label="random",
        text="random.default()",
    )
