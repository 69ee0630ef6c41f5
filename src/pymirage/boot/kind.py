"""Kinds of value that a key can have: how each is written on a command line.

A kind reads text into a value (`parse`, which raises ValueError) and writes it back (`format`).
"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, final

from pymirage.boot import duration

T = TypeVar("T")
W = TypeVar("W", bound=str)


@final
class Kind(Generic[T]):
    """One kind of value. `expected` finishes the sentence "expected …"; `metavar` stands in help texts."""

    def __init__(
        self,
        expected: str,
        metavar: str,
        parse: Callable[[str], T],
        format: Callable[[T], str] = str,
        flag: bool = False,
    ) -> None:
        self.expected = expected
        self.metavar = metavar
        self.parse = parse
        self.format = format
        self.flag = flag
        """A flag is given as `--name` and `--no-name`, without a value."""


def _parse_integer(text: str) -> int:
    """Decimal, or 0x, 0o, 0b; int() alone would take `1_000`, ` 7 ` and digits of every script."""
    if not text.isascii() or "_" in text or text != text.strip():
        raise ValueError(text)
    digits = text.lstrip("+-")
    return int(text, 0 if digits[:2].lower() in ("0x", "0o", "0b") else 10)


def _parse_float(text: str) -> float:
    if not text.isascii() or "_" in text or text != text.strip():
        raise ValueError(text)
    return float(text)


_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def _parse_boolean(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE + _FALSE:
        raise ValueError(text)
    return word in _TRUE


def _format_boolean(value: bool) -> str:
    return "true" if value else "false"


def _parse_mac(text: str) -> bytes:
    """Six octets of hexadecimal digits; the address of one station (IEEE 802 §8.2), not of a group."""
    parts = text.split(":")
    if len(parts) != 6 or any(len(part) != 2 for part in parts) or not text.isascii():
        raise ValueError(text)
    address = bytes.fromhex("".join(parts))
    if len(address) != 6 or address[0] & 1 or not any(address):
        raise ValueError(text)
    return address


def _format_mac(address: bytes) -> str:
    return address.hex(":")


INTEGER = Kind("a whole number", "INT", _parse_integer)
FLOAT = Kind("a number", "NUMBER", _parse_float, repr)
STRING: Kind[str] = Kind("a text", "TEXT", str)
BOOLEAN = Kind("true or false", "BOOL", _parse_boolean, _format_boolean, flag=True)
MAC_ADDRESS = Kind("the MAC address of a station such as 02:00:00:00:00:01", "MAC", _parse_mac, _format_mac)
DURATION = Kind("a duration such as 500ms, 1s or 2m30s", "DURATION", duration.parse, duration.format)


def choice(*words: W) -> Kind[W]:
    """One of some words."""
    by_text = {str(word): word for word in words}

    def parse(text: str) -> W:
        if text not in by_text:
            raise ValueError(text)
        return by_text[text]

    return Kind(f"one of {', '.join(words)}", "|".join(words), parse)


def enumeration(members: Mapping[str, T]) -> Kind[T]:
    """A member of an enum, by a name: `enumeration({"red": Colour.RED, "blue": Colour.BLUE})`."""
    names = {member: name for name, member in members.items()}

    def parse(text: str) -> T:
        if text not in members:
            raise ValueError(text)
        return members[text]

    return Kind(f"one of {', '.join(members)}", "|".join(members), parse, names.__getitem__)
