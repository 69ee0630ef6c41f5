"""Ethernet, IPv4, IPv6, UDP, TCP, ICMP: parse(emit(…)) gives the fields back, and no octets raise."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.octets import put_u16, sum16
from pymirage.wire import ethernet, icmpv4, icmpv6, ipv4, ipv6, pseudo_header, tcp, udp
from pymirage.wire.drop import Drop

u8s = st.integers(0, 0xFF)
u16s = st.integers(0, 0xFFFF)
u32s = st.integers(0, 0xFFFF_FFFF)
halves = st.integers(-(2**63), 2**63 - 1)
macs = st.integers(0, 0xFFFF_FFFF_FFFF)
junk = st.binary(max_size=200)
before = st.binary(max_size=40)
"""Headers are parsed at an offset."""


@given(macs, macs, u16s)
def test_ethernet(destination: int, source: int, ethertype: int) -> None:
    frame = ethernet.emit(destination, source, ethertype)
    assert len(frame) == ethernet.SIZE
    assert ethernet.destination(frame) == destination
    assert ethernet.source(frame) == source
    assert ethernet.ethertype(frame) == ethertype


def test_group_addresses() -> None:
    assert ethernet.multicast_v4(0xEF_FF_FF_FA) == 0x0100_5E7F_FFFA
    assert ethernet.multicast_v6(bytes.fromhex("ff02000000000000000000000000000c")) == 0x3333_0000_000C


@given(before, u8s, u16s, u16s, u8s, u8s, u32s, u32s, st.binary(max_size=60), st.binary(max_size=20))
def test_ipv4(
    prefix: bytes,
    traffic_class: int,
    identification: int,
    fragment: int,
    life: int,
    protocol: int,
    source: int,
    destination: int,
    payload: bytes,
    padding: bytes,
) -> None:
    packet = ipv4.emit(
        traffic_class, len(payload), identification, fragment, life, protocol, source, destination
    )
    data = prefix + packet + payload + padding
    header = ipv4.parse(data, len(prefix))
    assert isinstance(header, ipv4.Ipv4), header
    assert header.traffic_class == traffic_class
    assert header.identification == identification
    assert header.fragment == fragment
    assert header.time_to_live == life
    assert header.protocol == protocol
    assert (header.source, header.destination) == (source, destination)
    assert data[header.payload : header.end] == payload
    assert header.is_fragment() == bool(fragment & 0x3FFF)


@given(junk, st.integers(0, 30))
def test_ipv4_never_raises(data: bytes, at: int) -> None:
    header = ipv4.parse(data, at)
    if isinstance(header, ipv4.Ipv4):
        assert at + ipv4.SIZE <= header.payload <= header.end <= len(data)
        assert sum16(data, at, header.payload) == 0xFFFF


def with_options(options: bytes) -> bytes:
    header = bytearray(ipv4.emit(0, len(options), 0, 0, 64, 17, 1, 2))
    header[0] = 0x45 + len(options) // 4
    put_u16(header, ipv4.CHECKSUM, 0)
    whole = bytearray(bytes(header) + options)
    put_u16(whole, ipv4.CHECKSUM, ~sum16(bytes(whole), 0, len(whole)) & 0xFFFF)
    return bytes(whole)


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        (b"\x94\x04\0\0", True),  # router alert
        (b"\x01\x01\x01\x00", True),
        (b"\x07\x07\x04\0\0\0\0\0", True),  # record route
        (b"\x83\x07\x04\0\0\0\0\0", False),  # loose source route
        (b"\x89\x07\x04\0\0\0\0\0", False),  # strict source route
        (b"\x07\x01\0\0", False),
        (b"\x07\x09\0\0", False),
        (b"\x01\x01\x01\x07", False),
    ],
)
def test_ipv4_options(options: bytes, accepted: bool) -> None:
    header = ipv4.parse(with_options(options), 0)
    assert isinstance(header, ipv4.Ipv4) if accepted else header is Drop.OPTIONS


@pytest.mark.parametrize(
    ("change", "reason"),
    [((0, 0x65), Drop.VERSION), ((0, 0x44), Drop.LENGTH), ((3, 19), Drop.LENGTH), ((3, 21), Drop.TRUNCATED),
     ((8, 0), Drop.CHECKSUM)],
)  # fmt: skip
def test_ipv4_refused(change: tuple[int, int], reason: Drop) -> None:
    packet = bytearray(ipv4.emit(0, 0, 0, 0, 64, 6, 1, 2))
    packet[change[0]] = change[1]
    assert ipv4.parse(bytes(packet), 0) is reason


@given(before, u8s, st.integers(0, 0xF_FFFF), u8s, u8s, halves, halves, halves, halves, junk)
def test_ipv6(
    prefix: bytes,
    traffic_class: int,
    label: int,
    next_header: int,
    limit: int,
    source_high: int,
    source_low: int,
    destination_high: int,
    destination_low: int,
    payload: bytes,
) -> None:
    packet = ipv6.emit(
        traffic_class, label, len(payload), next_header, limit,
        source_high, source_low, destination_high, destination_low,
    )  # fmt: skip
    data = prefix + packet + payload
    header = ipv6.parse(data, len(prefix))
    assert isinstance(header, ipv6.Ipv6), header
    assert (header.traffic_class, header.flow_label) == (traffic_class, label)
    assert (header.next_header, header.hop_limit) == (next_header, limit)
    assert (header.source_high, header.source_low) == (source_high, source_low)
    assert (header.destination_high, header.destination_low) == (destination_high, destination_low)
    assert data[header.payload : header.end] == payload


@given(junk, st.integers(0, 30), u8s, st.booleans())
def test_ipv6_never_raises(data: bytes, at: int, next_header: int, multicast: bool) -> None:
    ipv6.parse(data, at)
    chain = ipv6.extensions(data, min(at, len(data)), next_header, 0, len(data), multicast)
    if isinstance(chain, ipv6.Extensions):
        assert chain.payload <= len(data)


def chain_of(first: int, data: bytes, multicast: bool = False) -> ipv6.Extensions | Drop:
    """As behind an IPv6 header at 0."""
    return ipv6.extensions(bytes(40) + data, 40, first, 6, 40 + len(data), multicast)


def test_ipv6_extension_headers() -> None:
    padding = bytes([60, 0, 1, 4, 0, 0, 0, 0])
    last = bytes([6, 1, 1, 12]) + bytes(12)
    found = chain_of(0, padding + last + b"tcp")
    assert isinstance(found, ipv6.Extensions)
    assert (found.protocol, found.payload, found.field, found.refused_at) == (6, 64, 48, 0)
    fragment = bytes([17, 0, 0, 9, 1, 2, 3, 4])
    found = chain_of(0, bytes([44, 0, 1, 4, 0, 0, 0, 0]) + fragment + b"data")
    assert isinstance(found, ipv6.Extensions)
    assert (found.protocol, found.payload, found.fragment_at) == (17, 56, 48)


def test_ipv6_extension_headers_refused() -> None:
    twice = chain_of(0, bytes([0, 0, 1, 4, 0, 0, 0, 0]) * 2)
    assert isinstance(twice, ipv6.Extensions) and twice.problem == ipv6.PROBLEM_NEXT_HEADER
    assert twice.refused_at == 40
    route = chain_of(43, bytes([6, 0, 0, 1, 0, 0, 0, 0]))
    assert (
        isinstance(route, ipv6.Extensions) and route.problem == ipv6.PROBLEM_FIELD and route.refused_at == 42
    )
    silent = chain_of(60, bytes([6, 0, 0x7E, 4, 0, 0, 0, 0]))
    assert isinstance(silent, ipv6.Extensions) and silent.refused_at == 42 and silent.problem == ipv6.SILENT
    told = chain_of(60, bytes([6, 0, 0x80, 4, 0, 0, 0, 0]), True)
    assert isinstance(told, ipv6.Extensions) and told.problem == ipv6.PROBLEM_OPTION
    quiet = chain_of(60, bytes([6, 0, 0xC0, 4, 0, 0, 0, 0]), True)
    assert isinstance(quiet, ipv6.Extensions) and quiet.problem == ipv6.SILENT
    assert chain_of(60, bytes([6, 0, 1, 9, 0, 0, 0, 0])) is Drop.OPTIONS
    assert chain_of(60, bytes([6, 1, 1, 4, 0, 0, 0, 0])) is Drop.TRUNCATED


def v4_packet(protocol: int, payload: bytes) -> bytes:
    return ipv4.emit(0, len(payload), 0, 0, 64, protocol, 0x0A00_0001, 0x0A00_0002) + payload


@given(u16s, st.integers(1, 0xFFFF), st.binary(max_size=100), st.booleans())
def test_udp(source: int, destination: int, payload: bytes, checked: bool) -> None:
    buffer = bytearray(udp.SIZE)
    udp.put(buffer, 0, source, destination, udp.SIZE + len(payload), 0)
    if checked:
        total = pseudo_header.received_sum(v4_packet(17, b""), 4, 0, 17, udp.SIZE + len(payload))
        total += sum16(bytes(buffer) + payload, 0, udp.SIZE + len(payload))
        total = (total & 0xFFFF) + (total >> 16)
        put_u16(buffer, udp.CHECKSUM, udp.checksum_field(total))
    data = v4_packet(17, bytes(buffer) + payload)
    header = udp.parse(data, 4, 0, 20, len(data), False)
    assert isinstance(header, udp.Udp), header
    assert (header.source, header.destination) == (source, destination)
    assert data[header.payload : header.end] == payload
    if checked:
        wrong = data[:-1] + bytes([data[-1] ^ 1])
        assert udp.parse(wrong, 4, 0, 20, len(data), False) is not None
        assert not isinstance(udp.parse(wrong, 4, 0, 20, len(data), False), udp.Udp)


def test_udp_without_checksum_is_refused_over_ipv6() -> None:
    assert udp.parse(bytes(40) + struct.pack(">4H", 1, 2, 8, 0), 6, 0, 40, 48, True) is Drop.CHECKSUM


@given(junk, st.integers(0, 50), st.integers(0, 200))
def test_udp_never_raises(data: bytes, at: int, end: int) -> None:
    if len(data) >= 40:
        udp.parse(data, 4, 0, at, min(end, len(data)), False)
        udp.parse(data, 6, 0, at, min(end, len(data)), False)


@given(
    u16s, u16s, u32s, u32s, st.integers(0, 63), u16s,
    st.one_of(st.none(), u16s), st.one_of(st.none(), st.integers(0, 14)), st.booleans(),
    st.one_of(st.none(), st.tuples(u32s, u32s)), st.integers(0, 3), st.binary(max_size=50),
)  # fmt: skip
def test_tcp(
    source: int,
    destination: int,
    sequence: int,
    acknowledgment: int,
    flags: int,
    window: int,
    maximum: int | None,
    scale: int | None,
    selective: bool,
    stamp: tuple[int, int] | None,
    blocks: int,
    payload: bytes,
) -> None:
    buffer = bytearray(100)
    end = 20
    if maximum is not None:
        end = tcp.put_maximum_size(buffer, end, maximum)
    if scale is not None:
        end = tcp.put_window_scale(buffer, end, scale)
    if selective:
        end = tcp.put_sack_permitted(buffer, end)
    if stamp is not None:
        end = tcp.put_timestamps(buffer, end, *stamp)
    if blocks and end + 4 + 8 * blocks <= 60:
        end = tcp.put_sack_header(buffer, end, blocks) + 8 * blocks
    else:
        blocks = 0
    tcp.put(buffer, 0, source, destination, sequence, acknowledgment, end, flags, window)
    data = bytes(buffer[:end]) + payload
    header = tcp.parse(data, 0, len(data))
    assert isinstance(header, tcp.Segment), header
    assert (header.source, header.destination) == (source, destination)
    assert (header.sequence, header.acknowledgment) == (sequence, acknowledgment)
    assert (header.flags, header.window) == (flags, window)
    assert header.maximum_size == (tcp.ABSENT if maximum is None else maximum)
    assert header.window_scale == (tcp.ABSENT if scale is None else scale)
    assert header.sack_permitted == selective
    assert (header.timestamp, header.timestamp_echo) == (stamp or (tcp.ABSENT, tcp.ABSENT))
    assert header.sack_count == blocks
    assert data[header.payload : header.end] == payload


@given(st.binary(max_size=40))
def test_tcp_options_never_raise(options: bytes) -> None:
    options += bytes(-len(options) % 4)
    buffer = bytearray(20)
    tcp.put(buffer, 0, 1, 2, 3, 4, 20 + len(options), 16, 5)
    data = bytes(buffer) + options
    header = tcp.parse(data, 0, len(data))
    if isinstance(header, tcp.Segment) and header.sack_count:
        assert 20 <= header.sack_at <= header.sack_at + 8 * header.sack_count <= len(data)


@given(junk, st.integers(0, 60))
def test_tcp_never_raises(data: bytes, at: int) -> None:
    tcp.parse(data, at, len(data))


def test_tcp_options_of_wrong_size_are_ignored_or_refused() -> None:
    buffer = bytearray(20)
    tcp.put(buffer, 0, 1, 2, 3, 4, 24, 16, 5)
    for options, accepted in (
        (b"\x02\x03\x01\x00", True),
        (b"\x02\x04\x05\xb4", True),
        (b"\x02\x01\x00\x00", False),
        (b"\x02\x05\x00\x00", False),
        (b"\x01\x01\x01\x02", False),
        (b"\x00\xff\xff\xff", True),
        (b"\xfe\x04\x12\x34", True),
    ):
        header = tcp.parse(bytes(buffer) + options, 0, 24)
        assert isinstance(header, tcp.Segment) if accepted else header is Drop.TCP_OPTIONS


@given(u8s, u8s, u32s, st.binary(max_size=100))
def test_icmpv4(kind: int, code: int, rest: int, payload: bytes) -> None:
    data = icmpv4.emit(kind, code, rest, payload)
    message = icmpv4.parse(data, 0, len(data))
    assert isinstance(message, icmpv4.Icmp), message
    assert (message.kind, message.code, message.rest) == (kind, code, rest)
    assert data[message.payload : message.end] == payload


@given(u8s, u8s, u32s, st.binary(max_size=100), st.binary(min_size=16, max_size=16))
def test_icmpv6(kind: int, code: int, rest: int, payload: bytes, source: bytes) -> None:
    destination = bytes(reversed(source))
    data = icmpv6.emit(kind, code, rest, payload, source, destination)
    packet = bytes(8) + source + destination + data
    message = icmpv6.parse(packet, 0, 40, len(packet))
    assert isinstance(message, icmpv6.Icmp), message
    assert (message.kind, message.code, message.rest) == (kind, code, rest)
    assert packet[message.payload : message.end] == payload


@given(halves, halves, halves, halves)
def test_sum_of_addresses(a: int, b: int, c: int, d: int) -> None:
    octets = b"".join(half.to_bytes(8, "big", signed=True) for half in (a, b, c, d))
    assert pseudo_header.addresses_sum(6, a, b, c, d) == sum16(octets, 0, 32)
