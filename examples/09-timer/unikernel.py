"""Wakes at regular intervals, and checks that it does not drift.

Each sleep lasts until the next multiple of the interval, so that a late wake does not delay the ones after
it. A busy host makes some wakes late; drift would make all of them late, so it is what even the most
punctual one of the second half is late by. After a long wait the wakes go on until they have caught up.
"""

from pymirage.device import Console, MonotonicClock, Sleep

MS = 1_000_000
INTERVAL = 10 * MS
TOLERATED = 5 * MS
PATIENCE = 100


async def main(console: Console, clock: MonotonicClock, sleep: Sleep, *, n: int) -> None:
    start = clock.now()
    late: list[int] = []
    drift = 0
    while len(late) < n or (drift >= TOLERATED and len(late) < PATIENCE * n):
        due = start + (len(late) + 1) * INTERVAL
        await sleep.sleep(max(0, due - clock.now()))
        late.append(clock.now() - due)
        drift = min(late[n // 2 :], default=0)
    console.write(f"woke {n} times, drift {drift / MS:.3f} ms\n".encode())
    if not -TOLERATED < drift < TOLERATED:
        raise SystemExit("that is too much")
