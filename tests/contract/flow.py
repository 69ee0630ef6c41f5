"""What every Flow keeps (`pymirage.device.flow`), shown on the two ends of one connection."""

import asyncio

from pymirage.device import Flow
from pymirage.device.error import Closed, ConnectionLost
from tests.contract.expect import Make, equal, raises, true

Pair = tuple[Flow, Flow]


async def read_all(flow: Flow) -> bytes:
    data = b""
    while piece := await flow.read():
        data += piece
    return data


async def both_ways(make: Make[Pair]) -> None:
    ours, theirs = await make()
    await ours.write(b"question")
    equal(await theirs.read(), b"question", "what arrived there")
    await theirs.writev([b"an", b"", b"swer"])
    await theirs.shutdown(write=True)
    equal(await read_all(ours), b"answer", "what arrived here")
    equal(await ours.read(), b"", "after the end")


async def much_data_in_order(make: Make[Pair]) -> None:
    """More than any buffer holds: the writer has to wait for the reader."""
    ours, theirs = await make()
    sent = b"".join(b"%07d " % number for number in range(100_000))

    async def send() -> None:
        for at in range(0, len(sent), 30_011):
            await ours.write(sent[at : at + 30_011])
        await ours.shutdown(write=True)

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        received = group.create_task(read_all(theirs))
    true(received.result() == sent, "800 kB arrived changed")


async def a_slow_reader_makes_the_writer_wait(make: Make[Pair]) -> None:
    ours, theirs = await make()
    writing = asyncio.create_task(ours.write(bytes(64 << 20)))
    done, _ = await asyncio.wait([writing], timeout=0.05)
    true(not done, "64 MiB were taken while nobody read")
    await theirs.close()
    results = await asyncio.gather(writing, return_exceptions=True)
    true(
        isinstance(results[0], ConnectionLost),
        f"the waiting writer got {results[0]!r}, wanted ConnectionLost",
    )


async def half_closed(make: Make[Pair]) -> None:
    ours, theirs = await make()
    await ours.write(b"last words")
    await ours.shutdown(write=True)
    await ours.shutdown(write=True)
    equal(await read_all(theirs), b"last words", "before the end")
    await theirs.write(b"still here")
    await theirs.shutdown(write=True)
    equal(await read_all(ours), b"still here", "the other way, after our end")
    await raises(Closed, ours.write(b"more"), "write after shutdown")


async def a_reader_waits(make: Make[Pair]) -> None:
    ours, theirs = await make()
    reading = asyncio.create_task(theirs.read())
    await asyncio.sleep(0)
    true(not reading.done(), "read returned before anything was written")
    await ours.write(b"now")
    equal(await reading, b"now", "what the waiting reader got")


async def a_cancelled_read_takes_nothing(make: Make[Pair]) -> None:
    ours, theirs = await make()
    reading = asyncio.create_task(theirs.read())
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await ours.write(b"kept")
    equal(await theirs.read(), b"kept", "what the next read got")


async def no_more_reading(make: Make[Pair]) -> None:
    ours, _ = await make()
    await ours.shutdown(read=True)
    equal(await ours.read(), b"", "read after shutting down reading")


async def closed(make: Make[Pair]) -> None:
    ours, theirs = await make()
    await ours.write(b"delivered")
    await ours.close()
    await ours.close()
    equal(await read_all(theirs), b"delivered", "what was written before close")
    await raises(Closed, ours.read(), "read after close")
    await raises(Closed, ours.write(b"x"), "write after close")
    await raises(Closed, ours.shutdown(write=True), "shutdown after close")


CHECKS = (
    both_ways,
    much_data_in_order,
    a_slow_reader_makes_the_writer_wait,
    half_closed,
    a_reader_waits,
    a_cancelled_read_takes_nothing,
    no_more_reading,
    closed,
)
