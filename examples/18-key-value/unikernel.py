"""Everything that a store can do, the same whichever store it is."""

from pymirage.device import Console, KeyValue, Kind
from pymirage.device.error import NotFound


async def show(console: Console, store: KeyValue, directory: str = "") -> None:
    for entry in await store.list(directory):
        key = f"{directory}/{entry.name}".lstrip("/")
        if entry.kind is Kind.DIRECTORY:
            await show(console, store, key)
        else:
            console.write(f"{key}: {await store.size(key)} bytes\n".encode())


async def main(console: Console, store: KeyValue) -> None:
    await store.remove("notes")
    await store.set("notes/today", b"Buy milk.\n")
    await store.set("notes/A longer name, with spaces.txt", b"x" * 5000)
    await store.set_partial("notes/today", 4, b"bread and milk.\n")
    await store.rename("notes/A longer name, with spaces.txt", "notes/archive/x")
    await store.allocate("notes/room", 1000)
    await show(console, store)
    console.write(await store.get("notes/today"))
    console.write(await store.get_partial("notes/today", 4, 5) + b"\n")
    await store.remove("notes/archive")
    try:
        await store.get("notes/archive/x")
    except NotFound:
        console.write(b"the archive is gone\n")
