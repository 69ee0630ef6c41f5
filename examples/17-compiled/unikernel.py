"""Calls a module that is compiled to machine code when an image is built."""

from collatz import longest

from pymirage.device import Console, MonotonicClock


async def main(console: Console, clock: MonotonicClock) -> None:
    start = clock.now()
    number, steps = longest(20_000)
    passed = clock.now() - start
    kind = "interpreted" if hasattr(longest, "__code__") else "compiled"
    console.write(f"{number} takes {steps} steps\n{kind}, {passed // 1_000_000} ms\n".encode())
