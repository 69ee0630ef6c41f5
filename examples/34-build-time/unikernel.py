"""Answers from a table that is part of the image, under a name that is new at each boot."""

import secrets
from array import array

from pymirage.boot import when_built, when_started
from pymirage.device import Console

LIMIT = 50_000
STEPS = array("H", bytes(2 * LIMIT))
"""How many steps the Collatz sequence takes from each number to 1."""

NAMES: list[str] = []


@when_built
def fill_the_table() -> None:
    """Expensive and pure: it runs once, when the image is built, and no boot waits for it."""
    for start in range(2, LIMIT):
        number, steps = start, 0
        while number >= start:
            number = 3 * number + 1 if number % 2 else number // 2
            steps += 1
        STEPS[start] = steps + STEPS[number]


@when_started
def choose_a_name() -> None:
    """Needs entropy, which there is none of while the image is built: it runs at each boot."""
    NAMES.append(secrets.token_hex(4))


async def main(console: Console) -> None:
    longest = max(range(LIMIT), key=STEPS.__getitem__)
    console.write(f"17647 takes {STEPS[17647]} steps, {longest} most: {STEPS[longest]}\n".encode())
    console.write(f"answered by {NAMES[0]}\n".encode())
