"""The in-memory switch: learning, impairments that repeat, and the contract of its interfaces."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.driver.impairment import MILLISECOND, SECOND, ImpairedLink, Impairment
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.switch import FOREVER, MAXIMUM_ADDRESSES, Switch
from pymirage.driver.memory.switched_net import SwitchedNet, SwitchedNetwork
from pymirage.sched.virtual import run_virtual
from tests.contract import net
from tests.contract.fixture import Check, each

BROADCAST = b"\xff" * 6


def mac(station: int) -> bytes:
    return b"\x02\0\0\0" + station.to_bytes(2, "big")


def frame(source: int, destination: bytes, payload: bytes = b"") -> bytes:
    return destination + mac(source) + b"\x88\xb5" + payload


def switch(ports: int) -> Switch:
    made = Switch()
    for _ in range(ports):
        made.add_port()
    return made


def sent(core: Switch, port: int, data: bytes, now: int = 0) -> list[int]:
    """The ports at which a frame comes out."""
    core.send(port, data, now)
    return [out for out, copy in core.deliver(now) if copy == data]


def test_unknown_stations_and_groups_are_flooded() -> None:
    core = switch(3)
    assert sent(core, 0, frame(0, mac(2))) == [1, 2]
    assert sent(core, 1, frame(1, BROADCAST)) == [0, 2]


def test_known_stations_get_their_own() -> None:
    core = switch(3)
    sent(core, 2, frame(2, BROADCAST))
    assert sent(core, 0, frame(0, mac(2))) == [2]
    assert sent(core, 2, frame(2, mac(0))) == [0]
    assert sent(core, 2, frame(5, mac(2))) == []


def test_station_that_moves_is_followed() -> None:
    core = switch(3)
    sent(core, 2, frame(9, BROADCAST))
    sent(core, 1, frame(9, BROADCAST))
    assert sent(core, 0, frame(0, mac(9))) == [1]


def test_addresses_are_bounded() -> None:
    core = switch(2)
    for station in range(MAXIMUM_ADDRESSES + 100):
        sent(core, 0, frame(station, BROADCAST))
    assert len(core._learned) == MAXIMUM_ADDRESSES


def carried(impairment: Impairment, count: int = 1000, seed: int = 1) -> list[tuple[int, bytes]]:
    """Copies of numbered frames sent one a millisecond."""
    link = ImpairedLink(impairment, Random(seed))
    copies = []
    for number in range(count):
        copies += link.carry(frame(0, BROADCAST, number.to_bytes(4, "big")), number * MILLISECOND)
    return copies


def numbers(copies: list[tuple[int, bytes]]) -> list[int]:
    return [int.from_bytes(copy[14:18], "big") for _, copy in sorted(copies)]


def test_perfect_link() -> None:
    assert numbers(carried(Impairment())) == list(range(1000))


@pytest.mark.parametrize(("kind", "expected"), [("loss", 900), ("duplicate", 1100)])
def test_loss_and_duplicates(kind: str, expected: int) -> None:
    assert abs(len(carried(Impairment(**{kind: 0.1}))) - expected) < 40  # type: ignore[arg-type]


def test_corruption_turns_one_bit_behind_the_header() -> None:
    whole = dict(enumerate(carried(Impairment())))
    damaged = 0
    for number, (_, copy) in enumerate(carried(Impairment(corrupt=0.1))):
        good = whole[number][1]
        assert copy[:14] == good[:14]
        difference = int.from_bytes(copy, "big") ^ int.from_bytes(good, "big")
        assert difference.bit_count() <= 1
        damaged += difference.bit_count()
    assert 60 < damaged < 140


def test_reordering() -> None:
    order = numbers(carried(Impairment(reorder=0.1)))
    assert sorted(order) == list(range(1000))
    assert order != list(range(1000))


def test_delay_and_jitter() -> None:
    arrivals = [
        time - 20 * MILLISECOND for time, _ in carried(Impairment(delay=20 * MILLISECOND, jitter=100))
    ]
    for number, late in enumerate(arrivals):
        assert 0 <= late - number * MILLISECOND < 100


def test_rate_spaces_frames_and_the_queue_overflows() -> None:
    link = ImpairedLink(Impairment(rate=8_000_000, queue=5000), Random(1))
    arrivals = [link.carry(bytes(1000), 0) for _ in range(10)]
    times = [copies[0][0] // MILLISECOND for copies in arrivals if copies]
    assert times == [1, 2, 3, 4, 5]
    assert link.overflowed == 5
    assert link.carry(bytes(1000), SECOND)[0][0] == SECOND + MILLISECOND


@given(st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_damage(seed: int) -> None:
    bad = Impairment(loss=0.1, duplicate=0.1, corrupt=0.1, reorder=0.1, jitter=MILLISECOND)
    assert carried(bad, 50, seed) == carried(bad, 50, seed)


def test_deadline() -> None:
    core = Switch()
    core.add_port(Impairment(delay=5 * MILLISECOND))
    core.add_port()
    assert core.deadline() == FOREVER
    core.send(0, frame(0, BROADCAST), 0)
    assert core.deadline() == 5 * MILLISECOND
    assert core.deliver(5 * MILLISECOND - 1) == []
    assert len(core.deliver(5 * MILLISECOND)) == 1


@each(*net.CHECKS)
def test_interfaces_keep_their_contract(check: Check) -> None:
    async def wire() -> tuple[SwitchedNet, SwitchedNet]:
        network = SwitchedNetwork()
        return network.station(Impairment(delay=MILLISECOND)), network.station()

    run_virtual(check(wire), MockClock())  # type: ignore[arg-type]
