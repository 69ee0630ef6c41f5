"""What hypothesis draws: the same examples in every `make test`, new ones and more in `make properties`.

A run of `make test` depends on the sources alone: not on chance, not on what runs before it left (no
database), not on how busy the machine is (no deadline, no check of how long drawing takes), and not on what
its worker has loaded: hypothesis also tries constants of our own modules, of those that are imported.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

# So many times the examples, new ones: PYMIRAGE_EXAMPLES=20.
TIMES = int(os.environ.get("PYMIRAGE_EXAMPLES", "0"))

settings.register_profile(
    "pymirage",
    max_examples=100 * max(TIMES, 1),
    derandomize=not TIMES,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pymirage")

if not TIMES:
    # Internal, which is why the version of hypothesis is exact; `tests/test_chance.py` notices.
    vars(providers)["_get_local_constants"] = Constants


def examples(count: int) -> settings:
    """For a property whose examples cost more than most, or find more."""
    return settings(max_examples=count * max(TIMES, 1))
