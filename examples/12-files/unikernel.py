"""Reads files, wherever they are kept."""

from pymirage.device import Console, KeyValueReader, Kind


async def show(console: Console, site: KeyValueReader, directory: str) -> None:
    for entry in await site.list(directory):
        key = f"{directory}/{entry.name}"
        if entry.kind is Kind.DIRECTORY:
            await show(console, site, key)
        else:
            digest = await site.digest(key)
            console.write(f"{key}  {await site.size(key)} bytes  {digest.hex()[:12]}\n".encode())


async def main(console: Console, site: KeyValueReader) -> None:
    await show(console, site, "")
    console.write(await site.get("greeting.txt"))
