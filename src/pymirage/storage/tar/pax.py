"""Records of pax extended headers: POSIX.1-2001, "pax Extended Header": `LENGTH KEYWORD=VALUE\\n`."""

from pymirage.storage.error import StorageError


def parse(body: bytes, offset: int) -> dict[str, bytes]:
    """The records in `body`, which lies at `offset` of the device; of equal keywords the last counts."""
    records: dict[str, bytes] = {}
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + 20)
        digits = body[at:space] if space > at else b""
        end = at + int(digits) if digits.isdigit() else 0
        equals = body.find(b"=", space, end)
        if end > len(body) or equals < 0 or body[end - 1] != 0x0A:
            raise StorageError("pax header with a malformed record", offset + at)
        keyword = body[space + 1 : equals].decode("utf-8", "replace")
        records[keyword] = body[equals + 1 : end - 1]
        at = end
    return records


def emit(records: dict[str, bytes]) -> bytes:
    return b"".join(_record(keyword.encode(), value) for keyword, value in records.items())


def _record(keyword: bytes, value: bytes) -> bytes:
    """The length counts its own digits."""
    rest = len(keyword) + len(value) + 3
    length = rest + len(str(rest))
    if len(str(length)) > len(str(rest)):
        length += 1
    return b"%d %s=%s\n" % (length, keyword, value)


def nanoseconds(value: bytes, offset: int) -> int:
    """A pax time: decimal seconds, with a fraction perhaps."""
    text = value.decode("ascii", "replace")
    sign = -1 if text.startswith("-") else 1
    seconds, _, fraction = text.lstrip("-").partition(".")
    if not seconds.isascii() or not (seconds + fraction).isdecimal() or len(seconds) > 15:
        raise StorageError(f"pax header with the time {text!r}", offset)
    return sign * (int(seconds) * 1_000_000_000 + int((fraction + "0" * 9)[:9]))


def number(value: bytes, offset: int) -> int:
    """A pax size: decimal digits."""
    if not value.isdigit() or len(value) > 18:
        raise StorageError(f"pax header with the size {value!r}", offset)
    return int(value)
