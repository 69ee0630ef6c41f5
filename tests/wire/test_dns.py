"""DNS messages: round trips, compression, and no octets that raise or loop."""

from hypothesis import given
from hypothesis import strategies as st

from pymirage.wire import dns
from pymirage.wire.drop import Drop
from tests.wire.test_control_formats import fields

label = st.binary(min_size=1, max_size=20)
name = st.lists(label, max_size=8).map(tuple)
u16 = st.integers(0, 0xFFFF)
ttl = st.integers(0, 0x7FFFFFFF)
address = st.one_of(
    st.builds(lambda n, t, d: dns.Record(n, dns.A, t, d), name, ttl, st.binary(min_size=4, max_size=4)),
    st.builds(lambda n, t, d: dns.Record(n, dns.AAAA, t, d), name, ttl, st.binary(min_size=16, max_size=16)),
)
pointer = st.builds(
    lambda n, kind, t, target: dns.Record(n, kind, t, dns.emit_name(target), target),
    name, st.sampled_from((dns.CNAME, dns.PTR)), ttl, name,
)  # fmt: skip
soa = st.builds(
    lambda n, t, minimum: dns.Record(
        n, dns.SOA, t, b"\0\0" + bytes(16) + minimum.to_bytes(4, "big"), (), minimum
    ),
    name, ttl, ttl,
)  # fmt: skip
records = st.lists(st.one_of(address, pointer, soa), max_size=5).map(tuple)
messages = st.builds(
    dns.Message, u16, u16, st.one_of(st.none(), st.builds(dns.Question, name, u16)), records, records
)


@given(messages)
def test_message(message: dns.Message) -> None:
    assert fields(dns.parse(dns.emit(message))) == fields(message)


@given(u16, name, st.booleans())
def test_query(identifier: int, asked: dns.Name, extended: bool) -> None:
    query = dns.parse(dns.emit_query(identifier, dns.Question(asked, dns.A), extended=extended))
    assert not isinstance(query, Drop)
    assert (query.identifier, query.flags) == (identifier, dns.RECURSION_DESIRED)
    assert query.question is not None
    assert query.question.name == asked


def test_compression() -> None:
    """RFC 1035 §4.1.4's example."""
    data = bytes(20) + b"\x01F\x03ISI\x04ARPA\0" + b"\x03FOO\xc0\x14" + b"\xc0\x1a" + b"\0"
    assert dns.parse_name(data, 20) == ((b"F", b"ISI", b"ARPA"), 32)
    assert dns.parse_name(data, 32) == ((b"FOO", b"F", b"ISI", b"ARPA"), 38)
    assert dns.parse_name(data, 38) == ((b"ARPA",), 40)


def test_pointers_that_do_not_lead_backwards() -> None:
    assert dns.parse_name(b"\xc0\x00", 0) is Drop.FIELD
    assert dns.parse_name(b"\x01a\xc0\x00", 0) is Drop.FIELD
    assert dns.parse_name(b"\xc0\x02\xc0\x00", 0) is Drop.FIELD
    assert dns.parse_name(b"\x80a", 0) is Drop.FIELD
    assert dns.parse_name(b"\x3f" + bytes(10), 0) is Drop.TRUNCATED


def test_long_names() -> None:
    assert dns.name_of("a" * 64) is Drop.LENGTH
    assert dns.name_of("a..b") is Drop.LENGTH
    assert dns.name_of("") is Drop.LENGTH
    assert dns.name_of("ü") is Drop.FIELD
    assert dns.name_of(".".join(["a" * 63] * 4)) is Drop.LENGTH
    assert dns.name_of("www.example.org.") == (b"www", b"example", b"org")
    assert dns.parse_name((b"\x3f" + b"a" * 63) * 4 + b"\0", 0) is Drop.LENGTH


def test_text_is_escaped() -> None:
    assert dns.text_of((b"a.b", b"c\0", b"org")) == "a\\.b.c\\000.org"


def test_reverse_names() -> None:
    assert dns.text_of(dns.reverse_name(bytes((192, 0, 2, 1)))) == "1.2.0.192.in-addr.arpa"
    six = dns.text_of(dns.reverse_name(b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"))
    assert six.startswith("1.0.0.0.")
    assert six.endswith("8.b.d.0.1.0.0.2.ip6.arpa")


@given(st.binary(max_size=300), st.integers(0, 20))
def test_no_octets_raise(data: bytes, count: int) -> None:
    dns.parse(data)
    dns.parse(b"\0\1\x80\0\0\1" + bytes((0, count, 0, count)) + b"\0\0" + data)


@given(messages, st.data())
def test_damage_does_not_raise(message: dns.Message, draw: st.DataObject) -> None:
    data = bytearray(dns.emit(message))
    data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    dns.parse(bytes(data)[: draw.draw(st.integers(0, len(data)))])
