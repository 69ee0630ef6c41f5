"""What becomes of a question."""

from dataclasses import dataclass
from enum import Enum

from pymirage.wire import dns
from pymirage.wire.dns import Message, Name, Record

SECOND = 1_000_000_000
LONGEST_CHAIN = 16
LONGEST_TTL = 86_400
"""A day: nobody who moves a service wants to be remembered longer."""
LONGEST_NO = 3600
DEFAULT_NO = 60
"""How long a "no" without a SOA is remembered: RFC 2308 §5 would not remember it at all."""


class Outcome(Enum):
    """How a question ended."""

    FOUND = "found"
    NO_NAME = "the name does not exist"
    NO_DATA = "the name has no such record"
    FAILED = "no server answered usefully"
    REFUSED = "too many questions at once"


@dataclass(frozen=True)
class Answer:
    """`data`: addresses, or names in the form of `dns.text_of` for PTR. `ttl` in seconds."""

    outcome: Outcome
    data: tuple[bytes, ...] = ()
    names: tuple[Name, ...] = ()
    ttl: int = 0


@dataclass(frozen=True)
class Alias:
    """The answer ends in an alias whose target must be asked for."""

    target: Name
    ttl: int


def read(message: Message, name: Name, kind: int) -> Answer | Alias:
    """Follow the aliases within one message: RFC 1034 §5.3.3, 4 (c)."""
    current = dns.lowered(name)
    ttl = LONGEST_TTL
    for _ in range(LONGEST_CHAIN):
        matching = [r for r in message.answers if r.kind == kind and dns.lowered(r.name) == current]
        if matching:
            return found(matching, ttl)
        alias = alias_of(message, current)
        if alias is None:
            break
        current, ttl = dns.lowered(alias.target), min(ttl, alias.ttl)
    else:
        return Answer(Outcome.FAILED)
    if message.code() == dns.NAME_ERROR:
        return Answer(Outcome.NO_NAME, ttl=ttl_of_no(message))
    if current != dns.lowered(name):
        return Alias(current, ttl)
    return Answer(Outcome.NO_DATA, ttl=ttl_of_no(message))


def alias_of(message: Message, name: Name) -> Record | None:
    """The CNAME of a name, when the message has it."""
    for record in message.answers:
        if record.kind == dns.CNAME and dns.lowered(record.name) == name:
            return record
    return None


def found(records: list[Record], ttl: int) -> Answer:
    """The records of the right type, and the least of the times to live."""
    least = min([ttl, *(record.ttl for record in records)])
    data = tuple(dict.fromkeys(record.data for record in records))
    names = tuple(record.target for record in records if record.target)
    return Answer(Outcome.FOUND, data, names, least)


def ttl_of_no(message: Message) -> int:
    """RFC 2308 §5: the lesser of the SOA's minimum and its own time to live."""
    for record in message.authorities:
        if record.kind == dns.SOA:
            return min(record.ttl, record.minimum, LONGEST_NO)
    return DEFAULT_NO
