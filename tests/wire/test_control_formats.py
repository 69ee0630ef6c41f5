"""The formats of the control protocols: parse(emit(message)) gives the message back, and no octets raise."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.octets import checksum
from pymirage.wire import arp, dhcpv4, igmp, membership, mld, ndp, vlan
from pymirage.wire.drop import Drop


def fields(value: Any) -> Any:
    """A message as plain data, to compare what classes without `__eq__` hold."""
    if isinstance(value, tuple):
        return tuple(fields(item) for item in value)
    if hasattr(value, "__dict__"):
        return {name: fields(item) for name, item in vars(value).items()}
    return value


mac = st.binary(min_size=6, max_size=6)
station = mac.map(lambda octets: bytes((octets[0] & 0xFE,)) + octets[1:])
ip4 = st.binary(min_size=4, max_size=4)
ip6 = st.binary(min_size=16, max_size=16)
unicast6 = ip6.map(lambda octets: b"\x20" + octets[1:])
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)


@given(st.builds(arp.Arp, st.sampled_from((arp.REQUEST, arp.REPLY)), station, ip4, mac, ip4))
def test_arp(packet: arp.Arp) -> None:
    assert fields(arp.parse(b"x" + arp.emit(packet) + bytes(18), 1)) == fields(packet)


def test_arp_refuses() -> None:
    good = arp.emit(arp.Arp(arp.REQUEST, b"\x02" + bytes(5), bytes(4), bytes(6), b"\x0a\0\0\1"))
    assert arp.parse(good[:-1], 0) is Drop.TRUNCATED
    assert arp.parse(b"\0\6" + good[2:], 0) is Drop.ARP_FORMAT
    assert arp.parse(good[:4] + b"\x08" + good[5:], 0) is Drop.ARP_FORMAT
    assert arp.parse(good[:7] + b"\x03" + good[8:], 0) is Drop.FIELD
    assert arp.parse(good[:8] + b"\xff" + good[9:], 0) is Drop.SOURCE_STATION


@given(st.builds(vlan.Vlan, st.integers(0, 0xFFE), st.integers(0, 7), st.booleans(), u16))
def test_vlan(tag: vlan.Vlan) -> None:
    assert fields(vlan.parse(vlan.emit(tag), 0)) == fields(tag)


@given(st.binary(min_size=14, max_size=60), st.integers(1, 0xFFE))
def test_vlan_frame(frame: bytes, identifier: int) -> None:
    tagged = vlan.tag_frame(frame, identifier, 3)
    assert vlan.untag_frame(tagged, identifier) == frame
    assert vlan.untag_frame(tagged, identifier ^ 1) is Drop.VLAN


igmp_query = st.one_of(
    st.builds(membership.Query, st.just(1), ip4, st.just(100 * igmp.TENTH), st.just(())),
    st.builds(
        membership.Query, st.just(2), ip4, st.integers(1, 255).map(lambda n: n * igmp.TENTH), st.just(())
    ),
    st.builds(
        membership.Query,
        st.just(3),
        ip4,
        st.integers(0, 255).map(lambda code: membership.float_code(code, igmp.MANTISSA) * igmp.TENTH),
        st.lists(ip4, max_size=5).map(tuple),
    ),
)
igmp_record = st.builds(membership.Record, st.integers(1, 6), ip4, st.lists(ip4, max_size=3).map(tuple))
igmp_message = st.one_of(
    igmp_query,
    st.builds(membership.Report, st.sampled_from((igmp.REPORT_V1, igmp.REPORT_V2, igmp.LEAVE)), ip4),
    st.builds(membership.Records, st.lists(igmp_record, max_size=4).map(tuple)),
)


@given(igmp_message)
def test_igmp(message: membership.Message) -> None:
    data = igmp.emit(message)
    assert checksum(data, 0, len(data)) == 0
    assert fields(igmp.parse(data)) == fields(message)


mld_query = st.one_of(
    st.builds(membership.Query, st.just(1), ip6, u16.map(lambda n: n * mld.MILLISECOND), st.just(())),
    st.builds(
        membership.Query,
        st.just(2),
        ip6,
        u16.map(lambda code: membership.float_code(code, mld.MANTISSA) * mld.MILLISECOND),
        st.lists(ip6, max_size=5).map(tuple),
    ),
)
mld_record = st.builds(membership.Record, st.integers(1, 6), ip6, st.lists(ip6, max_size=3).map(tuple))
mld_message = st.one_of(
    mld_query,
    st.builds(membership.Report, st.sampled_from((mld.REPORT_V1, mld.DONE)), ip6),
    st.builds(membership.Records, st.lists(mld_record, max_size=4).map(tuple)),
)


@given(mld_message)
def test_mld(message: membership.Message) -> None:
    assert fields(mld.parse(b"xyz" + mld.emit(message), 3)) == fields(message)


@pytest.mark.parametrize(
    ("mantissa", "codes"), [(igmp.MANTISSA, range(256)), (mld.MANTISSA, range(0, 65536, 7))]
)
def test_float_codes(mantissa: int, codes: range) -> None:
    for code in codes:
        value = membership.float_code(code, mantissa)
        assert membership.to_float_code(value, mantissa) == code
        assert membership.to_float_code(value + 1, mantissa) - code in (0, 1)
    assert membership.to_float_code(1 << 40, mantissa) == codes.stop - 1 | 0xFF
    assert membership.float_code(codes.stop // 2 - 1, mantissa) == codes.stop // 2 - 1


prefix_length = st.integers(0, 128)
prefix = st.builds(
    lambda address, length, *rest: ndp.Prefix(ndp.masked(address, length), length, *rest),
    ip6,
    prefix_length,
    st.booleans(),
    st.booleans(),
    u32,
    u32,
)
route = st.builds(
    lambda address, length, preference, lifetime: ndp.RouteInformation(
        ndp.masked(address, length), length, preference, lifetime
    ),
    ip6,
    prefix_length,
    st.integers(-1, 1),
    u32,
)
options = st.builds(
    ndp.Options,
    source_mac=st.one_of(st.just(b""), mac),
    target_mac=st.one_of(st.just(b""), mac),
    mtu=u32,
    prefixes=st.lists(prefix, max_size=3).map(tuple),
    routes=st.lists(route, max_size=3).map(tuple),
    name_servers=st.lists(
        st.builds(ndp.NameServers, u32, st.lists(ip6, min_size=1, max_size=3).map(tuple)), max_size=2
    ).map(tuple),
    redirected=st.binary(max_size=12).map(lambda octets: octets * 8),
)
ndp_message = st.one_of(
    st.builds(ndp.RouterSolicitation, options),
    st.builds(
        ndp.RouterAdvertisement,
        st.integers(0, 255),
        st.booleans(),
        st.booleans(),
        st.integers(-1, 1),
        u16,
        u32,
        u32,
        options,
    ),
    st.builds(ndp.NeighbourSolicitation, unicast6, options),
    st.builds(ndp.NeighbourAdvertisement, unicast6, st.booleans(), st.booleans(), st.booleans(), options),
    st.builds(ndp.Redirect, unicast6, unicast6, options),
)


@given(ndp_message)
def test_ndp(message: ndp.Message) -> None:
    assert fields(ndp.parse(b"x" + ndp.emit(message), 1)) == fields(message)


def test_ndp_refuses() -> None:
    solicitation = ndp.emit(ndp.NeighbourSolicitation(b"\xfe\x80" + bytes(14), ndp.Options()))
    assert ndp.parse(solicitation[:-1], 0) is Drop.TRUNCATED
    assert ndp.parse(solicitation + b"\x01\x00" + bytes(6), 0) is Drop.FIELD
    assert ndp.parse(solicitation + b"\x01\x02" + bytes(6), 0) is Drop.FIELD
    assert ndp.parse(solicitation[:8] + b"\xff" + solicitation[9:], 0) is Drop.MARTIAN
    assert ndp.parse(solicitation[:1] + b"\x01" + solicitation[2:], 0) is Drop.FIELD


dhcp_options = st.dictionaries(
    st.integers(1, 254).filter(lambda code: code not in (dhcpv4.OVERLOAD, dhcpv4.MESSAGE_TYPE)),
    st.binary(max_size=600),
    max_size=6,
)
dhcp_message = st.builds(
    dhcpv4.Dhcp,
    st.sampled_from((dhcpv4.BOOT_REQUEST, dhcpv4.BOOT_REPLY)),
    u32,
    st.integers(1, 8),
    mac,
    dhcp_options,
    seconds=u16,
    broadcast=st.booleans(),
    client=ip4,
    yours=ip4,
    server=ip4,
    relay=ip4,
)


@given(dhcp_message)
def test_dhcp(message: dhcpv4.Dhcp) -> None:
    assert fields(dhcpv4.parse(b"xy" + dhcpv4.emit(message), 2)) == fields(message)


def test_dhcp_overloaded_fields() -> None:
    """RFC 2131 §4.1: options may continue in `file` and `sname`; pieces of one value are joined."""
    options = {dhcpv4.OVERLOAD: b"\x03", 12: b"ab"}
    plain = bytearray(dhcpv4.emit(dhcpv4.Dhcp(2, 7, dhcpv4.OFFER, bytes(6), options)))
    plain[dhcpv4.FILE : dhcpv4.FILE + 5] = b"\x0c\x02cd\xff"
    plain[dhcpv4.SNAME : dhcpv4.SNAME + 4] = b"\x0c\x01e\xff"
    message = dhcpv4.parse(bytes(plain), 0)
    assert not isinstance(message, Drop)
    assert message.options == {12: b"abcde"}


routes4 = st.lists(
    st.builds(lambda a, n, g: (ndp.masked(a, n), n, g), ip4, st.integers(0, 32), ip4), max_size=5
).map(tuple)


@given(routes4)
def test_dhcp_classless_routes(routes: tuple[tuple[bytes, int, bytes], ...]) -> None:
    assert dhcpv4.parse_routes(dhcpv4.emit_routes(routes)) == routes


PARSERS: list[Callable[[bytes], object]] = [
    lambda data: arp.parse(data, 0),
    lambda data: vlan.parse(data, 0),
    igmp.parse,
    igmp.parse_query,
    lambda data: membership.parse_records(data, 8, 9, 4),
    lambda data: mld.parse(data, 0),
    lambda data: ndp.parse(data, 0),
    lambda data: dhcpv4.parse(data, 0),
    dhcpv4.parse_routes,
]


@given(st.binary(max_size=400), st.integers(0, len(PARSERS) - 1))
def test_no_octets_raise(data: bytes, index: int) -> None:
    if index == 3 and len(data) < igmp.MINIMUM:
        return
    PARSERS[index](data)


@given(st.one_of(ndp_message.map(ndp.emit), mld_message.map(mld.emit)), st.data())
def test_damaged_icmpv6_does_not_raise(data: bytes, draw: st.DataObject) -> None:
    damaged = damage(data, draw)
    ndp.parse(damaged, 0)
    mld.parse(damaged, 0)


@given(dhcp_message.map(dhcpv4.emit), st.data())
def test_damaged_dhcp_does_not_raise(data: bytes, draw: st.DataObject) -> None:
    dhcpv4.parse(damage(data, draw), 0)


def damage(data: bytes, draw: st.DataObject) -> bytes:
    """Cut off the end and change one octet."""
    cut = data[: draw.draw(st.integers(1, len(data)))]
    at = draw.draw(st.integers(0, len(cut) - 1))
    return cut[:at] + bytes((draw.draw(st.integers(0, 255)),)) + cut[at + 1 :]
