# pymirage: hot
"""The fields that steer the message itself, found in one pass over all of them."""

from typing import final

from mypy_extensions import i64

from pymirage.protocol.http.fields import Fields


@final
class Known:
    """Values, b"" when absent; and how often those came that may come once."""

    def __init__(self, fields: Fields) -> None:
        self.host = b""
        self.hosts: i64 = 0
        self.length = b""
        self.lengths: i64 = 0
        self.lengths_equal = True
        self.coding = b""
        self.codings: i64 = 0
        self.connection = b""
        self.expect = b""
        self.upgrade = b""
        for name, value in fields.pairs:
            self._see(name, value)

    def _see(self, name: bytes, value: bytes) -> None:
        """Most fields are none of these, which their length already shows."""
        size: i64 = len(name)
        if size == 4:
            if name == b"host":
                self.hosts += 1
                self.host = value
        elif size == 10:
            if name == b"connection":
                self.connection = joined(self.connection, value)
        elif size == 14:
            if name == b"content-length":
                self.lengths_equal = self.lengths == 0 or (self.lengths_equal and value == self.length)
                self.lengths += 1
                self.length = value
        elif size == 17:
            if name == b"transfer-encoding":
                self.codings += 1
                self.coding = joined(self.coding, value)
        elif size == 6:
            if name == b"expect":
                self.expect = joined(self.expect, value)
        elif size == 7 and name == b"upgrade":
            self.upgrade = joined(self.upgrade, value)


def joined(before: bytes, value: bytes) -> bytes:
    """Several lines are one list (RFC 9110 §5.3)."""
    return before + b", " + value if before else value


def lists(value: bytes, member: bytes) -> bool:
    """The member, in lower case, is in a list of tokens (RFC 9110 §5.6.1)."""
    if not value:
        return False
    lowered = value.lower()
    if lowered == member:
        return True
    for one in lowered.split(b","):  # noqa: SIM110 (a generator is slower when compiled)
        if one.strip(b" \t") == member:
            return True
    return False
