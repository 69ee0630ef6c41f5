"""Sequence arithmetic, hashes, cookies, timers and queues against the simplest models of them."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from pymirage.net.path import Path
from pymirage.net.siphash import SipHash, hash_of
from pymirage.net.tcp import seqno, syn_cookie, window
from pymirage.net.tcp.assembler import LIMIT, Assembler
from pymirage.net.tcp.challenge import Allowance
from pymirage.net.tcp.receive_queue import ReceiveQueue
from pymirage.net.tcp.round_trip import RoundTrip
from pymirage.net.tcp.send_queue import SendQueue
from tests.net.tcp.peer import Peer

numbers = st.integers(min_value=0, max_value=0xFFFF_FFFF)
near = st.integers(min_value=-(2**31) + 1, max_value=2**31 - 1)


@given(numbers, near)
def test_order_is_that_of_distances(number: int, step: int) -> None:
    other = seqno.add(number, step)
    assert 0 <= other <= 0xFFFF_FFFF
    assert seqno.distance(number, other) == step
    assert seqno.before(number, other) == (step > 0)
    assert seqno.after(number, other) == (step < 0)
    assert seqno.not_after(number, other) == (step >= 0)
    assert seqno.not_before(number, other) == (step <= 0)
    assert seqno.later(number, other) == (other if step > 0 else number)
    assert seqno.earlier(number, other) == (number if step > 0 else other)


@given(numbers, numbers, st.integers(min_value=0, max_value=2**31))
def test_within(number: int, start: int, count: int) -> None:
    assert seqno.within(number, start, count) == ((number - start) % 2**32 < count)


def test_siphash_is_the_published_one() -> None:
    """Vectors of the reference implementation: key 00…0f, input 00, 01, … of 0 and of 8 octets."""
    key = SipHash(bytes(range(16)))
    key.start()
    assert key.finish(0) & 0xFFFF_FFFF_FFFF_FFFF == 0x726FDB47DD0E0E31
    key.start()
    key.word(int.from_bytes(bytes(range(8)), "little"))
    assert key.finish(1) & 0xFFFF_FFFF_FFFF_FFFF == 0x93F5F5799A932462


@given(
    st.binary(min_size=16, max_size=16), st.lists(st.integers(-(2**63), 2**63 - 1), min_size=5, max_size=5)
)
def test_siphash_stays_within_64_bits(key: bytes, words: list[int]) -> None:
    first = hash_of(SipHash(key), *words)
    assert -(2**63) <= first < 2**63
    assert first == hash_of(SipHash(key), *words)


def path() -> Path:
    peer = Peer()
    found = peer.routes.path(b"\x0a\0\0\2", b"", 0)
    assert isinstance(found, Path)
    return found


@given(numbers, st.integers(0, 7), st.integers(0, 10**15), st.integers(0, 63_000_000_000))
def test_cookies_come_back(irs: int, index: int, now: int, later: int) -> None:
    key = SipHash(hashlib.sha256(b"key").digest()[:16])
    where = path()
    cookie = syn_cookie.make(key, where, 80, 50_000, irs, index, now)
    assert 0 <= cookie <= 0xFFFF_FFFF
    assert syn_cookie.check(key, where, 80, 50_000, irs, cookie, now + later) == index
    assert syn_cookie.check(key, where, 80, 50_000, irs, cookie, now + 200_000_000_000) == syn_cookie.INVALID
    assert syn_cookie.check(key, where, 81, 50_000, irs, cookie, now) == syn_cookie.INVALID


@given(numbers, st.integers(0, 15), st.booleans())
def test_options_in_a_stamp(clock: int, scale: int, selective: bool) -> None:
    value = syn_cookie.stamp(clock, scale, selective)
    assert syn_cookie.scale_in(value) == scale
    assert syn_cookie.selective_in(value) == selective
    assert -32 <= seqno.distance(clock, value) <= 0, "never ahead of the clock"


def test_scale_for() -> None:
    assert window.scale_for(65_535) == 0
    assert window.scale_for(65_536) == 1
    assert window.scale_for(6 << 20) == 7
    assert window.scale_for(1 << 40) == 14


def test_round_trip_times() -> None:
    """RFC 6298 §2.2, §2.3."""
    times = RoundTrip(0, 60_000_000_000)
    times.sample(100_000_000)
    assert (times.smoothed, times.variation, times.rto) == (100_000_000, 50_000_000, 300_000_000)
    times.sample(200_000_000)
    assert times.smoothed == 112_500_000
    assert times.variation == 62_500_000
    times.back_off()
    assert times.current_rto() == 2 * times.rto
    for _ in range(100):
        times.back_off()
    assert times.current_rto() == 60_000_000_000


def test_allowance_is_per_second() -> None:
    allowance = Allowance(100, 1)
    for second in range(5):
        taken = sum(allowance.take(second * 1_000_000_000 + step) for step in range(1000))
        assert 50 <= taken <= 150


@given(st.lists(st.one_of(st.binary(max_size=3000), st.integers(min_value=1, max_value=5000)), max_size=60))
def test_send_queue_is_a_string(steps: list[bytes | int]) -> None:
    queue = SendQueue()
    model = b""
    for step in steps:
        if isinstance(step, bytes):
            queue.append(step)
            model += step
        elif model:
            count = min(step, len(model))
            queue.take(count)
            assert queue.data[queue.at : queue.at + count] == model[:count]
            model = model[count:]
        assert queue.size == len(model)


@given(
    st.lists(
        st.one_of(st.binary(max_size=3000), st.integers(min_value=0, max_value=5000), st.none()), max_size=60
    )
)
def test_receive_queue_is_a_string(steps: list[bytes | int | None]) -> None:
    queue = ReceiveQueue()
    model = b""
    for step in steps:
        if isinstance(step, bytes):
            if step:
                queue.append(step)
            model += step
        else:
            data = queue.piece() if step is None else queue.read(step)
            if step is None:
                assert bool(data) == bool(model)
            else:
                assert len(data) == min(step, len(model))
            assert model.startswith(data)
            model = model[len(data) :]
        assert queue.size == len(model)


@given(
    numbers,
    st.lists(
        st.tuples(st.integers(min_value=1, max_value=400), st.integers(min_value=1, max_value=60)),
        max_size=80,
    ),
    st.integers(min_value=0, max_value=500),
)
def test_assembler_is_a_set_of_octets(base: int, pieces: list[tuple[int, int]], until: int) -> None:
    """Whatever comes in whatever order: blocks are apart, in order, and hold what came."""
    stream = bytes(index * 7 & 0xFF for index in range(1000))
    assembler = Assembler()
    model: set[int] = set()
    for start, size in pieces:
        assert assembler.insert(seqno.add(base, start), stream[start : start + size])
        model |= set(range(start, start + size))
        check(assembler, base, model, stream)
    taken = b""
    expected = until
    while block := assembler.ready(seqno.add(base, expected)):
        skip = seqno.distance(block.start, seqno.add(base, expected))
        data = b"".join(block.pieces)[max(skip, 0) :]
        taken += data
        expected += len(data)
    assert taken == stream[until : until + len(taken)]
    assert until + len(taken) not in model


def check(assembler: Assembler, base: int, model: set[int], stream: bytes) -> None:
    assert len(assembler.blocks) <= LIMIT
    found: set[int] = set()
    last = -1
    for block in assembler.blocks:
        start, end = seqno.distance(base, block.start), seqno.distance(base, block.end)
        assert last < start < end
        last = end
        assert b"".join(block.pieces) == stream[start:end]
        found |= set(range(start, end))
    assert found == model
    assert assembler.size == len(model)
