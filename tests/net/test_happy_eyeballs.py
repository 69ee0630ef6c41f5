"""Races of RFC 8305, with a fake clock in milliseconds."""

from hypothesis import given
from hypothesis import strategies as st

from pymirage.net.deadline import FOREVER
from pymirage.net.happy_eyeballs import MILLISECOND, Action, Cancel, HappyEyeballs, Stage, Start

SIX = [bytes(15) + bytes((n,)) for n in range(1, 5)]
FOUR = [bytes(3) + bytes((n,)) for n in range(1, 5)]


def ms(count: int) -> int:
    return count * MILLISECOND


def starts(actions: list[Action]) -> list[bytes]:
    return [action.address for action in actions if isinstance(action, Start)]


def cancels(actions: list[Action]) -> list[bytes]:
    return [action.address for action in actions if isinstance(action, Cancel)]


def test_ipv6_answer_starts_at_once() -> None:
    race = HappyEyeballs()
    assert starts(race.resolved_ipv6(SIX[:1], ms(0))) == SIX[:1]
    assert race.deadline() == FOREVER
    assert race.resolved_ipv4(FOUR[:1], ms(10)) == []
    assert race.deadline() == ms(250)
    assert starts(race.expire(ms(250))) == FOUR[:1]
    assert cancels(race.connected(FOUR[0], ms(300))) == SIX[:1]
    assert race.stage is Stage.WON
    assert race.winner == FOUR[0]
    assert cancels(race.connected(SIX[0], ms(301))) == SIX[:1]


def test_ipv4_answer_waits_50_milliseconds() -> None:
    race = HappyEyeballs()
    assert race.resolved_ipv4(FOUR[:1], ms(5)) == []
    assert race.deadline() == ms(55)
    assert race.expire(ms(54)) == []
    assert starts(race.expire(ms(55))) == FOUR[:1]
    assert race.resolved_ipv6(SIX[:1], ms(60)) == []
    assert starts(race.expire(ms(305))) == SIX[:1]


def test_ipv6_within_the_delay_goes_first() -> None:
    race = HappyEyeballs()
    race.resolved_ipv4(FOUR[:1], ms(5))
    assert starts(race.resolved_ipv6(SIX[:1], ms(30))) == SIX[:1]


def test_negative_ipv6_answer_ends_the_wait() -> None:
    race = HappyEyeballs()
    race.resolved_ipv4(FOUR[:1], ms(5))
    assert starts(race.resolved_ipv6([], ms(6))) == FOUR[:1]


def test_families_take_turns() -> None:
    race = HappyEyeballs()
    order = starts(race.resolved_ipv6(SIX[:3], ms(0)))
    race.resolved_ipv4(FOUR[:2], ms(1))
    while race.waiting:
        order += starts(race.expire(race.deadline()))
    assert order == [SIX[0], FOUR[0], SIX[1], FOUR[1], SIX[2]]


def test_ipv4_goes_first_when_it_is_preferred() -> None:
    race = HappyEyeballs(prefer_ipv6=False)
    race.resolved_ipv4(FOUR[:2], ms(0))
    assert starts(race.resolved_ipv6(SIX[:2], ms(0))) == [FOUR[0]]
    assert starts(race.expire(race.deadline())) == [SIX[0]]


def test_failure_starts_the_next_without_waiting() -> None:
    race = HappyEyeballs(ask_ipv4=False)
    race.resolved_ipv6(SIX[:2], ms(0))
    assert starts(race.failed(SIX[0], ms(3))) == [SIX[1]]
    assert race.failed(SIX[1], ms(9)) == []
    assert race.stage is Stage.FAILED


def test_late_answer_revives_the_race() -> None:
    race = HappyEyeballs()
    race.resolved_ipv6(SIX[:1], ms(0))
    assert race.failed(SIX[0], ms(1)) == []
    assert race.stage is Stage.RACING
    assert starts(race.resolved_ipv4(FOUR[:1], ms(400))) == FOUR[:1]


def test_no_addresses() -> None:
    race = HappyEyeballs()
    race.resolved_ipv4([], ms(0))
    race.resolved_ipv6([], ms(1))
    assert race.stage is Stage.FAILED


@given(st.permutations(["six", "four", "expire", "fail", "fail", "expire", "fail", "expire"]))
def test_never_starts_an_address_twice_and_ends(order: list[str]) -> None:
    race = HappyEyeballs()
    started: list[bytes] = []
    for step, event in enumerate(order):
        now = ms(step * 1000)
        if event == "six":
            started += starts(race.resolved_ipv6(SIX, now))
        elif event == "four":
            started += starts(race.resolved_ipv4(FOUR, now))
        elif event == "expire":
            started += starts(race.expire(now))
        elif race.running:
            started += starts(race.failed(race.running[0], now))
    while race.running:
        started += starts(race.failed(race.running[0], ms(100_000)))
    assert race.stage is Stage.FAILED
    assert sorted(started) == sorted(SIX + FOUR)
