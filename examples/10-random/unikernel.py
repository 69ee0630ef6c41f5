"""Throws dice that nobody can load."""

from pymirage.device import Console, Random


def throw(random: Random) -> int:
    """1 to 6, all equally likely: octets from 252 on would favour the low numbers, and are thrown again."""
    while (octet := random.bytes(1)[0]) >= 252:
        pass
    return octet % 6 + 1


async def main(console: Console, random: Random) -> None:
    throws = [throw(random) for _ in range(600)]
    faces = sorted(set(throws))
    console.write(f"key    {random.bytes(16).hex()}\n".encode())
    console.write(f"dice   {' '.join(map(str, throws[:20]))}\n".encode())
    console.write(f"faces  {' '.join(map(str, faces))}\n".encode())
