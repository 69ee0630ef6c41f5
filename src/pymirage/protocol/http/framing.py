# pymirage: hot
"""How long a body is: RFC 9112 §6.

A length in octets, or one of the codes below zero. Two answers to this question are what request smuggling
lives on, so whatever could be read in two ways has none here.
"""

from typing import Final

from pymirage.protocol.http.known import Known
from pymirage.protocol.http.octet import TOKEN, consists_of
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.request_line import HTTP10

CHUNKED: Final = -2
UNTIL_CLOSE: Final = -3
"""A response that ends with its connection (§6.3, item 8)."""

LONGEST_NUMBER: Final = 17
"""Decimal digits: more could pass what machines count."""


def of_request(method: str, version: int, known: Known) -> int | Refusal:
    """§6.3, for requests: without a length there is no body."""
    if known.codings:
        return of_coding(version, known)
    if known.lengths == 0:
        return 0
    if method == "CONNECT":
        return Refusal.CONNECT_BODY
    if known.lengths > 1:
        return Refusal.LENGTH_TWICE
    return parse_length(known.length)


def of_response(method: str, status: int, version: int, known: Known) -> int | Refusal:
    """§6.3, for the final response to `method`. Only equal lengths may come twice: some servers do that."""
    length: int | Refusal = UNTIL_CLOSE
    if known.codings:
        length = of_coding(version, known)
    elif not known.lengths_equal:
        length = Refusal.LENGTH_TWICE
    elif known.lengths:
        length = parse_length(known.length)
    empty = method == "HEAD" or status in (204, 304) or (method == "CONNECT" and 200 <= status < 300)
    return 0 if empty and not isinstance(length, Refusal) else length


def of_coding(version: int, known: Known) -> int | Refusal:
    """Transfer-Encoding (§6.1): chunked, and nothing but chunked, is what we understand."""
    if known.lengths:
        return Refusal.LENGTH_AND_CODING
    if version == HTTP10:
        return Refusal.CODING_VERSION
    coding = known.coding.lower()
    if coding == b"chunked":
        return CHUNKED
    others, comma, last = coding.rpartition(b",")
    if not comma or last.strip(b" \t") != b"chunked":
        return Refusal.CODING
    for other in others.split(b","):
        name = other.strip(b" \t")
        if not name or name == b"chunked" or not consists_of(TOKEN, name):
            return Refusal.CODING
    return Refusal.CODING_UNKNOWN


def parse_length(value: bytes) -> int | Refusal:
    """1*DIGIT (RFC 9110 §8.6): no sign, no list, no space."""
    if not value or len(value) > LONGEST_NUMBER:
        return Refusal.LENGTH
    number = 0
    for octet in value:
        if octet < 0x30 or octet > 0x39:
            return Refusal.LENGTH
        number = number * 10 + octet - 0x30
    return number
