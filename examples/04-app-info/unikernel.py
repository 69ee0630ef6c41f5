"""Prints what it was built from."""

import platform

from pymirage.boot import Facts
from pymirage.device import Console


async def main(console: Console, facts: Facts) -> None:
    lines = [
        f"name      {facts.name}",
        f"version   {facts.version}",
        f"target    {facts.target}",
        f"pymirage  {facts.pymirage}",
        f"python    {platform.python_version()}",
        f"packages  {', '.join(facts.packages) or 'none'}",
    ]
    console.write("".join(f"{line}\n" for line in lines).encode())
