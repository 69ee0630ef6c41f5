"""What is alive."""

import gc

KEPT = ("asyncio.events.TimerHandle", "_contextvars.Context")
"""Of a timer that was cancelled: the loop throws them away by the hundred."""


def alive() -> dict[str, int]:
    """How many objects there are of each type, as far as the collector knows them."""
    gc.collect()
    counts: dict[str, int] = {}
    for each in gc.get_objects():
        name = f"{type(each).__module__}.{type(each).__qualname__}"
        counts[name] = counts.get(name, 0) + 1
    return {name: count for name, count in sorted(counts.items()) if name not in KEPT}
