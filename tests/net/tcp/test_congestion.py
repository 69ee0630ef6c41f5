"""Congestion windows: slow start and its end, NewReno, CUBIC."""

import pytest

from pymirage.net.tcp.congestion import UNBOUNDED, CongestionControl, initial_window
from pymirage.net.tcp.cubic import Cubic
from pymirage.net.tcp.newreno import NewReno
from tests.net.tcp.peer import Peer, Segment, established

MSS = 1000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000


def test_initial_window() -> None:
    """RFC 6928 §2."""
    assert initial_window(1460) == 14_600
    assert initial_window(536) == 5_360
    assert initial_window(8960) == 17_920


@pytest.mark.parametrize("make", [NewReno, Cubic])
def test_slow_start_doubles_each_round_trip(make: type[Cubic] | type[NewReno]) -> None:
    control: CongestionControl = make(MSS)
    for round_trip in range(5):
        before = control.window
        for _ in range(before // MSS):
            control.acknowledged(MSS, 10 * MILLISECOND, round_trip * 10 * MILLISECOND)
        assert control.window == 2 * before


def test_newreno_adds_a_segment_each_round_trip() -> None:
    control = NewReno(MSS)
    control.congestion(40 * MSS, 0)
    assert control.threshold == 20 * MSS
    control.window = control.threshold
    for _ in range(20):
        control.acknowledged(MSS, 10 * MILLISECOND, 0)
    assert control.window == 21 * MSS


def grown(control: Cubic, seconds: float, round_trip: int) -> int:
    """The window after so long, acknowledged a window's worth each round trip."""
    start = 100 * SECOND
    for step in range(int(seconds * SECOND / round_trip)):
        now = start + step * round_trip
        left = control.window
        while left > 0:
            control.acknowledged(min(left, MSS), round_trip, now)
            left -= MSS
    return int(control.window)


def test_cubic_returns_to_its_maximum_after_k_seconds() -> None:
    """RFC 9438 §4.2: K is the cube root of (W_max - cwnd) / C; long round trips, so Reno is no help."""
    control = Cubic(MSS)
    control.window = 1000 * MSS
    control.congestion(1000 * MSS, 0)
    control.window = control.threshold
    assert control.threshold == 700 * MSS
    k = (300 / 0.4) ** (1 / 3)
    half = grown(control, k / 2, 100 * MILLISECOND)
    assert 900 * MSS < half < 1000 * MSS
    control = Cubic(MSS)
    control.window = 1000 * MSS
    control.congestion(1000 * MSS, 0)
    control.window = control.threshold
    assert abs(grown(control, k, 100 * MILLISECOND) - 1000 * MSS) < 20 * MSS
    control = Cubic(MSS)
    control.window = 1000 * MSS
    control.congestion(1000 * MSS, 0)
    control.window = control.threshold
    assert grown(control, 2 * k, 100 * MILLISECOND) > 1200 * MSS


def test_cubic_is_as_fast_as_reno_on_short_paths() -> None:
    """§4.3: with small windows and round trips the estimate of Reno leads."""
    control = Cubic(MSS)
    control.window = 20 * MSS
    control.congestion(20 * MSS, 0)
    control.window = control.threshold
    assert grown(control, 0.2, 5 * MILLISECOND) > 25 * MSS


def test_cubic_releases_bandwidth() -> None:
    """§4.7: a loss below the last maximum lowers the next one further."""
    control = Cubic(MSS)
    control.window = 1000 * MSS
    control.congestion(1000 * MSS, 0)
    assert control.maximum == 1000
    control.window = 800 * MSS
    control.congestion(800 * MSS, 0)
    assert control.maximum == pytest.approx(800 * 1.7 / 2)


def test_window_never_falls_below_two_segments() -> None:
    for control in (NewReno(MSS), Cubic(MSS)):
        control.congestion(MSS, 0)
        assert control.threshold == 2 * MSS
        control.time_out(MSS, 0)
        assert control.window == MSS


def run_slow_start(round_trips: list[int]) -> Peer:
    """One round after the other, each with its round-trip time in milliseconds."""
    peer = established(round_trip=round_trips[0], window=65_535)
    peer.connection.snd_wnd = 1 << 30
    at = round_trips[0]
    acknowledged = 1
    for time in round_trips:
        window = peer.connection.congestion.window
        peer.write(at=at, data=bytes(window))
        peer.advance(at=at)
        peer.seen.clear()
        at += time
        end = acknowledged + window
        while acknowledged < end:
            acknowledged = min(acknowledged + 1460, end)
            peer.send(at=at, segment=Segment(".", seq=1, ack=acknowledged))
            peer.connection.snd_wnd = 1 << 30
    return peer


def test_slow_start_goes_on_while_round_trips_are_steady() -> None:
    peer = run_slow_start([40, 40, 41, 40])
    assert peer.connection.congestion.threshold == UNBOUNDED
    assert peer.connection.congestion.growth_divisor == 1


def test_slow_start_ends_when_round_trips_grow() -> None:
    """RFC 9406: conservative for five rounds, then congestion avoidance."""
    peer = run_slow_start([40, 40, 48])
    assert peer.connection.congestion.growth_divisor == 4
    peer = run_slow_start([40, 40, 48, 50, 50, 50, 50, 50, 50])
    assert peer.connection.congestion.threshold < UNBOUNDED


def test_slow_start_goes_on_after_a_mistake() -> None:
    peer = run_slow_start([40, 40, 48, 40])
    assert peer.connection.congestion.growth_divisor == 1
    assert peer.connection.congestion.threshold == UNBOUNDED
