"""DNS messages as a stub resolver needs them: RFC 1035 §4, RFC 3596 (AAAA), RFC 6891 (EDNS), RFC 2308 (SOA).

Our own small codec rather than dnspython: that library finds its record types by importing modules by
computed names, which an image's closure cannot see, and a stub needs five types of a hundred. Programs that
want all of DNS install it and it works.

A name is a tuple of labels, lower-cased when compared. Compression pointers must point backwards, so reading
ends; a name has at most 255 octets (§3.1).
"""

from typing import Final, final

from pymirage.octets import b16, u16, u32
from pymirage.wire.drop import Drop

Name = tuple[bytes, ...]

HEADER: Final = 12
PORT: Final = 53
UDP_PAYLOAD: Final = 1232
"""What we say that we can take: it passes everywhere without fragments (DNS flag day 2020)."""

A: Final = 1
CNAME: Final = 5
SOA: Final = 6
PTR: Final = 12
AAAA: Final = 28
OPT: Final = 41
INTERNET: Final = 1

RESPONSE: Final = 0x8000
OPCODE: Final = 0x7800
TRUNCATED: Final = 0x0200
RECURSION_DESIRED: Final = 0x0100
RECURSION_AVAILABLE: Final = 0x0080
RESPONSE_CODE: Final = 0x000F

NO_ERROR: Final = 0
FORMAT_ERROR: Final = 1
SERVER_FAILURE: Final = 2
NAME_ERROR: Final = 3
NOT_IMPLEMENTED: Final = 4
REFUSED: Final = 5

LONGEST_NAME: Final = 255
LONGEST_LABEL: Final = 63
MAXIMUM_RECORDS: Final = 256
"""Read of one message: its counts are the sender's claim."""


@final
class Question:
    """What is asked."""

    def __init__(self, name: Name, kind: int) -> None:
        self.name: Final = name
        self.kind: Final = kind


@final
class Record:
    """One resource record of the class internet.

    data: as it came, an address for A and AAAA. target: the name that a CNAME or PTR holds.
    minimum: of a SOA, how long a "no" may be remembered in seconds.
    """

    def __init__(
        self, name: Name, kind: int, ttl: int, data: bytes, target: Name = (), minimum: int = 0
    ) -> None:
        self.name: Final = name
        self.kind: Final = kind
        self.ttl: Final = ttl
        self.data: Final = data
        self.target: Final = target
        self.minimum: Final = minimum


@final
class Message:
    """A query or an answer. EDNS's pseudo-record is no record here."""

    def __init__(
        self,
        identifier: int,
        flags: int,
        question: Question | None,
        answers: tuple[Record, ...] = (),
        authorities: tuple[Record, ...] = (),
    ) -> None:
        self.identifier: Final = identifier
        self.flags: Final = flags
        self.question: Final = question
        self.answers: Final = answers
        self.authorities: Final = authorities

    def code(self) -> int:
        """The response code, without EDNS's upper bits."""
        return self.flags & RESPONSE_CODE


def name_of(text: str) -> Name | Drop:
    """A name written with dots; one dot at the end is allowed."""
    try:
        octets = text.encode("ascii")
    except UnicodeEncodeError:
        return Drop.FIELD
    labels = tuple(octets.removesuffix(b".").split(b"."))
    if sum(map(len, labels)) + len(labels) + 1 > LONGEST_NAME:
        return Drop.LENGTH
    if any(not 0 < len(label) <= LONGEST_LABEL for label in labels):
        return Drop.LENGTH
    return labels


def text_of(name: Name) -> str:
    """With dots; octets that are not plain ASCII are written as \\DDD (RFC 4343 §2.1)."""
    return ".".join("".join(letter(octet) for octet in label) for label in name)


def letter(octet: int) -> str:
    if octet in b".\\":
        return f"\\{chr(octet)}"
    return chr(octet) if 0x21 <= octet <= 0x7E else f"\\{octet:03}"


def lowered(name: Name) -> Name:
    """Names compare without case (RFC 4343)."""
    return tuple(label.lower() for label in name)


def reverse_name(address: bytes) -> Name:
    """Where the name of an address is kept: RFC 1035 §3.5, RFC 3596 §2.5."""
    if len(address) == 4:
        return (*(str(octet).encode() for octet in reversed(address)), b"in-addr", b"arpa")
    return (*(nibble.encode() for nibble in reversed(address.hex())), b"ip6", b"arpa")


def parse(data: bytes) -> Message | Drop:
    """Read one message. A truncated one (TC) may end anywhere: what can be read of it is returned."""
    if len(data) < HEADER:
        return Drop.TRUNCATED
    identifier, flags = u16(data, 0), u16(data, 2)
    counts = u16(data, 4), u16(data, 6), u16(data, 8)
    if counts[0] > 1 or counts[1] + counts[2] > MAXIMUM_RECORDS:
        return Drop.FIELD
    at = HEADER
    question: Question | None = None
    if counts[0] == 1:
        found = parse_question(data, at)
        if isinstance(found, Drop):
            return found
        question, at = found
    sections: list[tuple[Record, ...]] = []
    for count in counts[1:]:
        section = parse_records(data, at, count)
        if isinstance(section, Drop):
            if flags & TRUNCATED:
                return Message(identifier, flags, question)
            return section
        records, at = section
        sections.append(records)
    return Message(identifier, flags, question, sections[0], sections[1])


def parse_question(data: bytes, at: int) -> tuple[Question, int] | Drop:
    """Name, type, class; and where what follows begins."""
    found = parse_name(data, at)
    if isinstance(found, Drop):
        return found
    name, at = found
    if len(data) < at + 4:
        return Drop.TRUNCATED
    if u16(data, at + 2) != INTERNET:
        return Drop.FIELD
    return Question(name, u16(data, at)), at + 4


def parse_records(data: bytes, at: int, count: int) -> tuple[tuple[Record, ...], int] | Drop:
    """One section; records of other classes are passed over."""
    records: list[Record] = []
    for _ in range(count):
        found = parse_name(data, at)
        if isinstance(found, Drop):
            return found
        name, at = found
        if len(data) < at + 10:
            return Drop.TRUNCATED
        size = u16(data, at + 8)
        if len(data) < at + 10 + size:
            return Drop.TRUNCATED
        if u16(data, at + 2) == INTERNET:
            record = parse_record(data, at, name, size)
            if isinstance(record, Drop):
                return record
            records.append(record)
        at += 10 + size
    return tuple(records), at


def parse_record(data: bytes, at: int, name: Name, size: int) -> Record | Drop:
    """Type, class, time to live, length, data."""
    kind, ttl, start = u16(data, at), u32(data, at + 4), at + 10
    if ttl & 0x8000_0000:
        # RFC 2181 §8: a set highest bit means zero.
        ttl = 0
    content = data[start : start + size]
    if kind in (A, AAAA):
        return Record(name, kind, ttl, content) if size == (4 if kind == A else 16) else Drop.LENGTH
    if kind in (CNAME, PTR):
        found = parse_name(data, start)
        if isinstance(found, Drop):
            return found
        return Record(name, kind, ttl, content, found[0]) if found[1] == start + size else Drop.LENGTH
    if kind == SOA:
        if size < 22:
            return Drop.LENGTH
        return Record(name, kind, ttl, content, minimum=u32(data, start + size - 4))
    return Record(name, kind, ttl, content)


def parse_name(data: bytes, at: int) -> tuple[Name, int] | Drop:
    """A name and where what follows it begins; pointers (§4.1.4) only lead backwards."""
    labels: list[bytes] = []
    after = -1
    limit = at
    total = 1
    while True:
        if at >= len(data):
            return Drop.TRUNCATED
        size = data[at]
        if size & 0xC0 == 0xC0:
            if at + 2 > len(data):
                return Drop.TRUNCATED
            target = u16(data, at) & 0x3FFF
            if target >= limit:
                return Drop.FIELD
            after = after if after >= 0 else at + 2
            at = limit = target
            continue
        if size & 0xC0:
            return Drop.FIELD
        if size == 0:
            return tuple(labels), after if after >= 0 else at + 1
        total += size + 1
        if total > LONGEST_NAME:
            return Drop.LENGTH
        if at + 1 + size > len(data):
            return Drop.TRUNCATED
        labels.append(data[at + 1 : at + 1 + size])
        at += 1 + size


def emit_query(identifier: int, question: Question, *, extended: bool) -> bytes:
    """A question with recursion desired; `extended` says how long answers may be (RFC 6891 §6.1)."""
    header = b16(identifier) + b16(RECURSION_DESIRED) + b"\0\1\0\0\0\0" + (b"\0\1" if extended else b"\0\0")
    body = emit_name(question.name) + b16(question.kind) + b16(INTERNET)
    option = b"\0" + b16(OPT) + b16(UDP_PAYLOAD) + bytes(6) if extended else b""
    return header + body + option


def emit(message: Message) -> bytes:
    """Any message, names not compressed; for servers in tests and small ones in apps."""
    parts = [
        b16(message.identifier),
        b16(message.flags),
        b16(1 if message.question is not None else 0),
        b16(len(message.answers)),
        b16(len(message.authorities)),
        b"\0\0",
    ]
    if message.question is not None:
        parts.append(emit_name(message.question.name) + b16(message.question.kind) + b16(INTERNET))
    parts.extend(emit_record(record) for record in message.answers + message.authorities)
    return b"".join(parts)


def emit_record(record: Record) -> bytes:
    """The target, where there is one, is written instead of the data."""
    data = emit_name(record.target) if record.kind in (CNAME, PTR) else record.data
    ttl = record.ttl.to_bytes(4, "big")
    return emit_name(record.name) + b16(record.kind) + b16(INTERNET) + ttl + b16(len(data)) + data


def emit_name(name: Name) -> bytes:
    """Labels with their lengths, and the empty one."""
    return b"".join(bytes((len(label),)) + label for label in name) + b"\0"
