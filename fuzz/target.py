"""What the fuzz targets for parsers share: mutated input to each, and a run from the command line."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from fuzz.mutate import mutate
from pymirage.wire.drop import Drop

Targets = Mapping[str, tuple[Callable[[bytes], Any], list[bytes]]]
"""By name: what takes octets, and good input to begin from."""


def run(targets: Targets, rounds: int, seed: int, shortest: Mapping[str, int] | None = None) -> int:
    """So many mutations for each; how many were accepted. `shortest`: input below is not given to these."""
    chance = random.Random(seed)
    accepted = 0
    for name, (handle, corpus) in targets.items():
        for number in range(rounds):
            data = chance.choice(corpus)
            for _ in range(chance.randint(0, 3)):
                data = mutate(data, chance)
            if len(data) < (shortest or {}).get(name, 0):
                continue
            try:
                if not isinstance(handle(data), Drop):
                    accepted += 1
            except Exception as error:
                raise AssertionError(f"{name}, seed {seed}, round {number}: {data.hex()}") from error
    return accepted


def main(name: str, run: Callable[[int, int], object], rounds: int) -> None:
    """`[seconds] [seed]` from the command line."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run(rounds, seed)
        seed += 1
    print(f"{name}: next seed {seed}")
