"""Wakes at regular intervals, and checks that it does not drift.

Each sleep lasts until the next multiple of the interval, so that a late wake does not delay the ones after
it. A busy host makes single wakes late; drift would make all of them late, so it is what even the most
punctual one of the second half is late by.
"""

from pymirage.device import Console, MonotonicClock, Sleep

MS = 1_000_000
INTERVAL = 10 * MS
TOLERATED = 5 * MS


async def main(console: Console, clock: MonotonicClock, sleep: Sleep, *, n: int) -> None:
    start = clock.now()
    late: list[int] = []
    for wake in range(1, n + 1):
        due = start + wake * INTERVAL
        await sleep.sleep(max(0, due - clock.now()))
        late.append(clock.now() - due)
    drift = min(late[n // 2 :])
    console.write(f"woke {n} times, drift {drift / MS:.3f} ms\n".encode())
    if not -TOLERATED < drift < TOLERATED:
        raise SystemExit("that is too much")
