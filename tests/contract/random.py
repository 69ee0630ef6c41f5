"""What every Random keeps (`pymirage.device.random`), the seeded fake's predictability apart."""

from pymirage.device import Random
from pymirage.error import UsageError
from tests.contract.expect import Make, equal, raises_now, true


async def gives_as_many_bytes_as_asked(make: Make[Random]) -> None:
    random = await make()
    for size in (0, 1, 7, 8, 9, 255, 256, 257, 5000):
        equal(len(random.bytes(size)), size, f"length of bytes({size})")


async def never_twice_the_same(make: Make[Random]) -> None:
    random = await make()
    seen = {random.bytes(16) for _ in range(256)}
    equal(len(seen), 256, "different values among 256")


async def all_octets_occur(make: Make[Random]) -> None:
    """Of 16384 octets each value is missing once in 10**28 runs."""
    random = await make()
    data = random.bytes(16384)
    equal(len(set(data)), 256, "different octets in 16 KiB")
    ones = int.from_bytes(data, "big").bit_count()
    true(63000 < ones < 68000, f"{ones} of 131072 bits are set")


async def negative_is_refused(make: Make[Random]) -> None:
    random = await make()
    raises_now(UsageError, lambda: random.bytes(-1), "bytes(-1)")


CHECKS = (gives_as_many_bytes_as_asked, never_twice_the_same, all_octets_occur, negative_is_refused)
