"""A flow delivers what was written, whole and in order, for any sizes of pieces and of the buffer between."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.flow import flow_pair
from pymirage.sched.virtual import run_virtual

PAUSES = st.lists(st.integers(0, 3), max_size=20)


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(1, 40), PAUSES, PAUSES)
def test_streams_arrive(
    pieces: list[bytes], capacity: int, writer_pauses: list[int], reader_pauses: list[int]
) -> None:
    clock = MockClock()

    async def main() -> bytes:
        ours, theirs = flow_pair(capacity)

        async def write() -> None:
            for number, piece in enumerate(pieces):
                if number < len(writer_pauses):
                    await clock.sleep(writer_pauses[number])
                await ours.write(piece)
            await ours.close()

        received = b""
        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            pauses = iter(reader_pauses)
            while data := await theirs.read():
                assert len(data) <= capacity
                received += data
                await clock.sleep(next(pauses, 0))
        return received

    assert run_virtual(main(), clock) == b"".join(pieces)
