"""Notes that only their owner reads: the store knows nothing of encryption, the disk beneath it does."""

from pymirage.device import Console, KeyValue, Kind


async def main(console: Console, store: KeyValue, *, name: str, note: str) -> None:
    if note:
        await store.set(name, note.encode())
    elif await store.exists(name) is Kind.VALUE:
        console.write(await store.get(name) + b"\n")
    else:
        console.write(b"nothing\n")
