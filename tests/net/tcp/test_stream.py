# ruff: noqa: ARG001
"""The stream arrives whole under any schedule of loss, delay, reordering and repetition."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.settings import Settings
from tests.chance import examples
from tests.net.tcp.pair import Fate, Pair
from tests.net.tcp.surroundings import MILLISECOND, SECOND

DAY = 86400


def content(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def hostile(seed: int, loss: float, repeat: float, reorder: float, delay: int = 10) -> Fate:
    """Each frame by chance: lost, twice, late."""
    chance = random.Random(seed)

    def fate(number: int) -> list[int]:
        if chance.random() < loss:
            return []
        delays = [delay * MILLISECOND]
        if chance.random() < reorder:
            delays[0] += chance.randrange(1, 4 * delay) * MILLISECOND
        if chance.random() < repeat:
            delays.append(delays[0] + chance.randrange(0, 5 * delay) * MILLISECOND)
        return delays

    return fate


def exchange(pair: Pair, there: bytes, back: bytes, rest: int = 200) -> None:
    """Send both ways, then close both sides; everything arrives and is cleaned up after `rest` seconds."""
    pair.client_application.then_close = True
    pair.server_application.then_close = True
    pair.server_application.to_write = back
    pair.client_application.give(pair.client, there)
    pair.run(lambda: pair.client_application.closed and pair.server_application.closed, seconds=DAY)
    assert pair.client_application.failure is None
    assert pair.server_application.failure is None
    assert pair.server_application.received == there
    assert pair.client_application.received == back
    assert pair.client_application.ended and pair.server_application.ended
    pair.run(seconds=rest)
    for host in pair.hosts:
        assert host.stack.count() == 0
        assert host.stack.memory.used == 0
        assert host.stack.half_open == 0
        assert not host.stack.timers.heap
        assert not host.stack.pending


def variants() -> list[Settings]:
    """All that peers may lack."""
    plain = Settings()
    without_stamps = Settings()
    without_stamps.timestamps = False
    without_sack = Settings()
    without_sack.selective = False
    bare = Settings()
    bare.timestamps = False
    bare.selective = False
    bare.congestion = "newreno"
    small = Settings()
    small.receive_initial = small.receive_maximum = 3000
    small.send_maximum = 5000
    return [plain, without_stamps, without_sack, bare, small]


@pytest.mark.parametrize("version", [4, 6])
def test_faithful_wire(version: int) -> None:
    exchange(Pair(version=version), content(500_000, 1), content(300_000, 2))


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("seed", range(3))
def test_hostile_wire(index: int, seed: int) -> None:
    pair = Pair(
        hostile(seed, 0.05, 0.03, 0.05),
        hostile(seed + 100, 0.05, 0.03, 0.05),
        settings=variants()[index],
        seed=seed,
    )
    exchange(pair, content(120_000, seed), content(60_000, seed + 1))


def test_very_lossy_wire() -> None:
    pair = Pair(hostile(5, 0.3, 0.1, 0.2), hostile(6, 0.3, 0.1, 0.2))
    exchange(pair, content(40_000, 3), content(10_000, 4))


def test_nothing_to_say() -> None:
    exchange(Pair(), b"", b"")


fates = st.lists(
    st.lists(st.integers(min_value=0, max_value=200), min_size=0, max_size=3).map(tuple),
    min_size=0,
    max_size=60,
)


def scheduled(schedule: list[tuple[int, ...]]) -> Fate:
    """The fates of the first frames as told, then a faithful wire, so that every run ends."""

    def fate(number: int) -> list[int]:
        if number < len(schedule):
            return [delay * MILLISECOND for delay in schedule[number]]
        return [5 * MILLISECOND]

    return fate


def patient(settings: Settings) -> Settings:
    """R2 and TIME-WAIT beyond any schedule: sixty frames lost, a minute between two tries."""
    settings.syn_time_out = settings.user_time_out = DAY * SECOND
    settings.time_wait = DAY * SECOND // 2
    return settings


@examples(150)
@given(
    to_server=fates,
    to_client=fates,
    there=st.integers(min_value=0, max_value=60_000),
    back=st.integers(min_value=0, max_value=20_000),
    variant=st.integers(min_value=0, max_value=4),
    other=st.integers(min_value=0, max_value=4),
)
@example(to_server=[()] * 8, to_client=[], there=0, back=0, variant=0, other=0)
# The server's FIN comes again when the client has acknowledged it in vain for longer than usual.
@example(
    to_server=[(), (0,), (), (), (0, 0, 0), ()],
    to_client=[(), (0,), *[()] * 5, (0,), *[()] * 3],
    there=0,
    back=10,
    variant=0,
    other=0,
)
@example(to_server=[], to_client=[()] * 60, there=60_000, back=20_000, variant=4, other=2)
# The SYN's copy opens half a connection when the first one is over, and the answers to it are lost.
@example(to_server=[(0, 11)], to_client=[(0,), (0,), *[()] * 9], there=0, back=0, variant=0, other=0)
def test_any_schedule(
    to_server: list[tuple[int, ...]],
    to_client: list[tuple[int, ...]],
    there: int,
    back: int,
    variant: int,
    other: int,
) -> None:
    pair = Pair(
        scheduled(to_server),
        scheduled(to_client),
        settings=patient(variants()[variant]),
        server_settings=patient(variants()[other]),
    )
    exchange(pair, content(there, 7), content(back, 8), rest=DAY)


def test_throughput_follows_the_window() -> None:
    """50 ms of delay and no loss: a few round trips of slow start, then the wire is full."""
    delay = 25 * MILLISECOND
    pair = Pair(lambda _: [delay], lambda _: [delay])
    start = pair.now
    exchange(pair, content(3_000_000, 1), b"")
    assert (pair.now - start) < 300 * SECOND
    assert pair.client.round_trip.backoff == 0


def test_loss_of_one_segment_costs_no_time_out() -> None:
    """SACK and RACK repair it within about a round trip."""
    lost = {60}

    def fate(number: int) -> list[int]:
        return [] if number in lost else [10 * MILLISECOND]

    pair = Pair(fate, lambda _: [10 * MILLISECOND])
    start = pair.now
    pair.client_application.then_close = True
    pair.client_application.give(pair.client, content(400_000, 1))
    pair.run(lambda: pair.server_application.ended)
    elapsed = pair.now - start
    clean = Pair(lambda _: [10 * MILLISECOND], lambda _: [10 * MILLISECOND])
    start = clean.now
    clean.client_application.then_close = True
    clean.client_application.give(clean.client, content(400_000, 1))
    clean.run(lambda: clean.server_application.ended)
    # Half a round trip to repair it, and four more with the smaller window; a timeout would cost ten.
    assert elapsed <= (clean.now - start) + 100 * MILLISECOND


def test_many_connections_leave_nothing() -> None:
    pair = Pair()
    pair.client_application.then_close = True
    pair.server_application.then_close = True
    for _ in range(500):
        connection = pair.hosts[0].stack.connect(b"\x0a\0\0\2", 80, pair.client_application, pair.now)
        assert isinstance(connection, Connection)
    pair.run(seconds=20)
    assert pair.hosts[0].stack.count() > 400, "in TIME-WAIT"
    pair.run(seconds=200)
    for host in pair.hosts:
        assert host.stack.count() == 0
        assert host.stack.memory.used == 0
        assert not host.stack.timers.heap
