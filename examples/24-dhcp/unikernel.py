"""Says which address it has; with `--dhcp` that is what a server gave."""

from pymirage.device import Stack


async def main(stack: Stack) -> None:
    print("I am", " ".join(stack.addresses()), flush=True)
