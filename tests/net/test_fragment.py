"""Cutting and joining: in any order the original comes back; overlaps, floods and time-outs lose it."""

import random
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from pymirage.net import reassembly
from pymirage.net.deadline import FOREVER
from pymirage.net.fragment import fragment_v4, fragment_v6, with_header_v4
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.reassembly import Reassembly
from pymirage.octets import u16, u32
from pymirage.wire import ipv4, ipv6
from pymirage.wire.drop import Drop
from tests.chance import examples
from tests.net.simple import interface

SECOND = 1_000_000_000
PREAMBLE = bytes(14)


def packet_v4(
    payload: bytes, identification: int = 7, options: bytes = b"", source: int = 0x0A000001
) -> bytes:
    header = ipv4.emit(0, len(payload), identification, 0, 64, ipv4.UDP, source, 0x0A000002)
    return with_header_v4(header + options, payload, 0)


def packet_v6(payload: bytes) -> bytes:
    source = ip_address("2001:db8::1").packed
    return b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + b"\x11\x40" + source + source + payload


def received(packet: bytes) -> tuple[Packet, int, bool, int]:
    """A fragment as the IP layer hands it over."""
    frame = PREAMBLE + packet
    if packet[0] >> 4 == 4:
        header = ipv4.parse(frame, 14)
        assert not isinstance(header, Drop)
        piece = Packet(
            interface(),
            frame,
            14,
            header.payload,
            header.end,
            4,
            header.protocol,
            0,
            header.source,
            0,
            header.destination,
            64,
            header.traffic_class,
            UNICAST,
            False,
        )
        field = header.fragment
        return piece, (field & ipv4.OFFSET_MASK) * 8, bool(field & ipv4.MORE_FRAGMENTS), header.identification
    fixed = ipv6.parse(frame, 14)
    assert not isinstance(fixed, Drop)
    chain = ipv6.extensions(frame, fixed.payload, fixed.next_header, 20, fixed.end, False)
    assert not isinstance(chain, Drop)
    piece = Packet(
        interface(),
        frame,
        14,
        chain.payload,
        fixed.end,
        6,
        chain.protocol,
        fixed.source_high,
        fixed.source_low,
        fixed.destination_high,
        fixed.destination_low,
        64,
        fixed.traffic_class,
        UNICAST,
        False,
    )
    field = u16(frame, chain.fragment_at + 2)
    return piece, field & 0xFFF8, bool(field & 1), u32(frame, chain.fragment_at + 4)


def feed(core: Reassembly, fragment: bytes, now: int = 0) -> bytes | Drop | None:
    return core.receive_fragment(*received(fragment), now)


payloads = st.integers(9, 6000).map(lambda size: random.Random(size).randbytes(size))


@given(payloads, st.integers(68, 1500), st.randoms(use_true_random=False), st.booleans())
@examples(60)
def test_any_order_gives_the_original(payload: bytes, mtu: int, order: random.Random, six: bool) -> None:
    original = packet_v6(payload) if six else packet_v4(payload)
    fragments = fragment_v6(original, max(mtu, 160), 99) if six else fragment_v4(original, max(mtu, 160))
    if len(fragments) == 1:
        assert fragments == [original]
        return
    assert all(len(fragment) <= max(mtu, 160) for fragment in fragments)
    order.shuffle(fragments)
    core = Reassembly()
    repeated = order.choice(fragments)
    answers = [feed(core, fragment) for fragment in [repeated, *fragments]]
    assert answers[:-1] == [None] * len(fragments) or original in answers
    assert [answer for answer in answers if isinstance(answer, bytes)][:1] == [original]
    assert core.octets <= len(payload)


def test_cut_again() -> None:
    original = packet_v4(bytes(range(256)) * 8)
    fragments = [piece for first in fragment_v4(original, 1000) for piece in fragment_v4(first, 200)]
    core = Reassembly()
    assert [feed(core, fragment) for fragment in reversed(fragments)][-1] == original


def test_options_that_say_so_are_copied() -> None:
    router_alert, timestamp = b"\x94\x04\0\0", b"\x44\x04\x05\0"
    original = packet_v4(bytes(100), options=router_alert + timestamp)
    fragments = fragment_v4(original, 84)
    assert [fragment[20 : (fragment[0] & 15) * 4] for fragment in fragments] == [
        router_alert + timestamp,
        router_alert,
    ]
    assert [feed(core := Reassembly(), fragments[0]), feed(core, fragments[1])] == [None, original]


def test_dont_fragment() -> None:
    header = ipv4.emit(0, 100, 1, ipv4.DONT_FRAGMENT, 64, 17, 1, 2)
    assert fragment_v4(header + bytes(100), 68) == []


def piece(offset: int, data: bytes, more: bool, source: int = 0x0A000001) -> bytes:
    whole = packet_v4(data, source=source)
    return with_header_v4(whole[:20], data, offset // 8 | (ipv4.MORE_FRAGMENTS if more else 0))


def test_overlap_condemns_the_datagram() -> None:
    """RFC 5722 §4: also the fragments that come later are refused."""
    core = Reassembly()
    assert feed(core, piece(0, bytes(16), True)) is None
    assert feed(core, piece(8, bytes(16), True)) is Drop.FRAGMENT
    assert feed(core, piece(16, bytes(8), False)) is Drop.FRAGMENT
    assert core.octets == 0
    core.expire(60 * SECOND)
    assert feed(core, piece(0, bytes(16), True), 60 * SECOND) is None


def test_same_place_other_data_is_an_overlap() -> None:
    core = Reassembly()
    assert feed(core, piece(0, bytes(16), True)) is None
    assert feed(core, piece(0, b"x" * 16, True)) is Drop.FRAGMENT


def test_two_ends() -> None:
    core = Reassembly()
    assert feed(core, piece(16, bytes(8), False)) is None
    assert feed(core, piece(32, bytes(8), False)) is Drop.FRAGMENT


def test_data_behind_the_end() -> None:
    core = Reassembly()
    assert feed(core, piece(32, bytes(8), True)) is None
    assert feed(core, piece(16, bytes(8), False)) is Drop.FRAGMENT


def test_lengths() -> None:
    core = Reassembly()
    assert feed(core, piece(0, bytes(9), True)) is Drop.FRAGMENT
    assert feed(core, piece(65528, bytes(16), False)) is Drop.FRAGMENT
    assert feed(core, piece(8, b"", True)) is Drop.FRAGMENT
    assert not core.datagrams


def test_time_out_names_the_first_fragment() -> None:
    core = Reassembly()
    feed(core, piece(0, bytes(8), True), 5 * SECOND)
    feed(core, piece(8, bytes(8), True, source=9), 6 * SECOND)
    assert core.deadline() == 65 * SECOND
    assert core.expire(64 * SECOND) == []
    assert [first.source_low for first in core.expire(66 * SECOND)] == [0x0A000001]
    assert core.deadline() == FOREVER
    assert core.octets == 0


def test_flood_is_bounded() -> None:
    core = Reassembly()
    for source in range(1000):
        feed(core, piece(0, bytes(1400), True, source=source))
    assert len(core.datagrams) <= reassembly.MAXIMUM_DATAGRAMS
    for offset in range(0, 8 * 200, 16):
        feed(core, piece(offset, bytes(8), True, source=5000))
    assert core.octets <= reassembly.MAXIMUM_OCTETS


def test_atomic_fragment_stands_alone() -> None:
    """RFC 6946."""
    whole = packet_v6(bytes(32))
    fragment = bytearray(fragment_v6(whole + bytes(24), 80, 5)[0])
    fragment[43] &= 0xFE
    core = Reassembly()
    assert feed(core, bytes(fragment)) == whole
    assert not core.datagrams


def test_congestion_of_one_fragment_is_kept() -> None:
    """RFC 3168 §5.3."""
    header = ipv4.emit(2, 200, 1, 0, 64, 17, 1, 2)
    first, second = fragment_v4(header + bytes(200), 140)
    marked = with_header_v4(second[:1] + b"\x03" + second[2:20], second[20:], u16(second, 6))
    core = Reassembly()
    assert feed(core, first) is None
    whole = feed(core, marked)
    assert isinstance(whole, bytes)
    assert whole[1] & 3 == 3


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40), st.booleans()), max_size=20))
def test_any_fragments_do_no_harm(pieces: list[tuple[int, int, bool]]) -> None:
    core = Reassembly()
    for offset, size, more in pieces:
        feed(core, piece(offset * 8, bytes(size * 8), more))
    assert core.octets == sum(datagram.octets for datagram in core.datagrams.values())
    core.expire(61 * SECOND)
    assert core.octets == 0
