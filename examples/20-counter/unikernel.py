"""Counts further from where it was, whatever ended it."""

from pymirage.device import Console, KeyValue, Kind


async def main(console: Console, store: KeyValue, *, n: int) -> None:
    count = 0
    if await store.exists("counter") is Kind.VALUE:
        count = int(await store.get("counter"))
    left = n
    while n == 0 or left > 0:
        count += 1
        left -= 1
        await store.set("counter", b"%d" % count)
        # Once `set` has returned, the number stays: it is safe to tell.
        console.write(b"%d\n" % count)
