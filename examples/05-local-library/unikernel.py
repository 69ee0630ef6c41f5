"""Uses a package that lies beside it."""

from lib.caesar import shift

from pymirage.device import Console


async def main(console: Console) -> None:
    secret = shift("hello from the library", 13)
    console.write(f"{secret}\n{shift(secret, 13)}\n".encode())
